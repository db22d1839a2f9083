/** A vault that was given another KMS key and not rewrapped is all foreign: one cause, which is told once. */
import { moveHint } from '../foreign-key.ts';
import { finding } from './findings.ts';
import type { Look } from './look.ts';
import type { Finding } from './types.ts';

/**
 * Where nothing at all opens and everything says it is under one and the same KMS key, that key is told first, and
 * what else would heal a single parameter is left out. Each stays a fault: nothing vouches for what it says.
 * @param looks - the regions that answered, home first
 */
export function tellMove(looks: readonly Look[], findings: readonly Finding[]): readonly Finding[] {
  const [first] = looks;
  const key = onlyKey(looks);
  if (first === undefined || key === undefined) return findings;
  const where = first.bench.scope.path;
  const message = `everything says it is under KMS key ${key}, which the vault does not accept`;
  return [
    { ...finding(first, where, 'fault', 'foreign_key', message, moveHint(key)), parameter: undefined },
    ...findings.map((one) => (one.kind === 'foreign_key' ? { ...one, hint: undefined } : one)),
  ];
}

/** The one KMS key that all of it names, where KMS says of all of it that another key than the vault's wrapped it. */
function onlyKey(looks: readonly Look[]): string | undefined {
  const all = looks.flatMap(({ secrets, record, release, pinned }) => [
    ...[...secrets.values()].filter((one) => one.core !== undefined || one.problem !== undefined),
    ...(record === undefined ? [] : [{ ...record, namedKeyId: record.record?.kmsKeyId }]),
    ...[release, ...pinned].flatMap((one) => (one === undefined ? [] : [one.head])),
  ]);
  if (all.some(({ problem }) => problem?.code !== 'foreign_key')) return undefined;
  const keys = new Set(all.map((one) => one.namedKeyId));
  return keys.size === 1 ? [...keys][0] : undefined;
}
