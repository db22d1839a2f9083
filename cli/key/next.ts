/** What comes after a rewrap: nobody may disable the old key before all regions were seen without it. */
import type { Settings } from '../../src/config/index.ts';
import type { RewrapResult } from '../../src/vault/index.ts';

/**
 * The last lines of a rewrap.
 * @param regions - all of the vault's
 * @param to - the bare id of the KMS key to go under; undefined for new material of the same
 */
export function whatIsNext(
  { vault, kmsKey, acceptedKeys = [] }: Settings,
  regions: readonly string[],
  to: string | undefined,
  { from, left, problems, failed }: Pick<RewrapResult, 'from' | 'left' | 'problems' | 'failed'>,
): readonly string[] {
  const unseen = Object.keys(failed);
  const old = to === undefined ? 'material' : 'key';
  if (unseen.length > 0 || left > 0 || problems.length > 0) {
    return [
      ...(unseen.length === 0
        ? []
        : [`not done in ${unseen.join(', ')}: when it answers again, run the same rewrap: it goes on`]),
      ...(left === 0
        ? []
        : [`${left} parameters were written by others meanwhile: run the same rewrap again`]),
      ...(problems.length === 0
        ? []
        : [`${problems.length} parameters are not to be trusted: see above, then run the same rewrap again`]),
      ...(to === undefined ? [] : [`do not disable the old ${old} yet`]),
    ];
  }
  const where = regions.join(', ');
  if (to === undefined) return [`every data key is under the newest material of its KMS key in ${where}`];
  const others = [...new Set([...from, ...acceptedKeys.map(idOf)])].filter((key) => key !== to);
  const oldKey = others.length === 0 ? 'OLD' : others.join(', ');
  const change =
    kmsKey !== undefined && idOf(kmsKey) === to
      ? `take ${oldKey} out of "acceptedKeyIds"`
      : `make it "keyId": "${to}" and take it out of "acceptedKeyIds", with no other key there`;
  return [
    `all that stands in ${where} is under ${to}`,
    `next: 1. ${change} for ${vault} in waxseal.json (WAXSEAL_KMS_KEY=${to} where there is none), and deploy that to every application`,
    ...(others.length === 0 ? [] : others.map((key) => `      2. waxseal key usage ${key}`)),
    '      3. only when that finds nothing, and no backup or last-known-good file is needed from before, disable the old key',
  ];
}

function idOf(keyIdOrArn: string): string {
  return keyIdOrArn.slice(keyIdOrArn.lastIndexOf('/') + 1);
}
