/** What one region's judgements amount to by themselves. */
import type { ErrorCode, WaxsealError } from '../../errors.ts';
import { parameterName, RESERVED_FOLDER } from '../../secret-name.ts';
import { parsePartName } from '../large/place.ts';
import { healing } from '../read.ts';
import { releaseNames } from '../release/place.ts';
import { isAuthentic, type Judged, type Seen } from './judge.ts';
import type { Look } from './look.ts';
import type { JudgedRelease } from './release.ts';
import type { Finding, FindingKind, Gravity } from './types.ts';

/** What of the errors says that something is not to be trusted; any other means that it could not be verified. */
const FAULTS: Partial<Record<ErrorCode, FindingKind>> = {
  malformed: 'malformed',
  misplaced: 'misplaced',
  decrypt_failed: 'decrypt_failed',
  foreign_key: 'foreign_key',
  never_valid: 'never_valid',
  large_incomplete: 'large_incomplete',
  release_incomplete: 'release_incomplete',
};

/** A finding about a write, or about a parameter that is not there. */
export function finding(
  { bench }: Pick<Look, 'bench'>,
  seen: Seen | string,
  gravity: Gravity,
  kind: FindingKind,
  message: string,
  hint?: string,
): Finding {
  const region = bench.region.name;
  if (typeof seen === 'string') return { gravity, kind, region, parameter: seen, message, hint };
  const { parameter, version, modifiedAt, modifiedBy } = seen;
  return { gravity, kind, region, parameter, version, modifiedAt, modifiedBy, message, hint };
}

/** What an error of judging amounts to. @param hint - what heals it; for what could not be opened KMS says it */
export function problemFinding(
  look: Pick<Look, 'bench'>,
  seen: Seen,
  problem: WaxsealError,
  hint: string,
): Finding {
  const kind = FAULTS[problem.code];
  return kind === undefined
    ? finding(look, seen, 'unverified', 'not_opened', problem.message, problem.hint)
    : finding(look, seen, 'fault', kind, problem.message, hint);
}

/** Everything that a region's parameters show without a comparison. */
export function ownFindings(look: Look): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [name, judged] of look.secrets) {
    if (judged.problem !== undefined)
      findings.push(problemFinding(look, judged, judged.problem, healing(name)));
    if (judged.void) findings.push(voidNote(look, judged));
  }
  const { record, release } = look;
  if (record?.problem !== undefined) {
    findings.push(problemFinding(look, record, record.problem, RECORD_HINT));
  }
  for (const one of [release, ...look.pinned])
    if (one !== undefined) findings.push(...releaseFindings(look, one));
  return [...findings, ...descriptorFindings(look), ...leftOvers(look)];
}

/** What heals a data key record. */
export const RECORD_HINT =
  'find out in CloudTrail who wrote it; "waxseal region sync" brings another region\'s; nothing should be set before';

/**
 * What heals a record that was put back.
 * @param looks - the regions that answered
 * @param sealed - the highest generation that has sealed
 */
export function putBackHint(looks: readonly Look[], sealed: number): string {
  const isNewer = ({ record }: Look): boolean =>
    record !== undefined && record.problem === undefined && (record.generation ?? 0) >= sealed;
  const newer = looks.find(isNewer)?.bench.region.name;
  const remedy =
    newer === undefined
      ? 'waxseal key rotate makes one above it'
      : `"waxseal region sync" brings the newer one from ${newer}, else waxseal key rotate makes one above it`;
  return `find out in CloudTrail who wrote it; ${remedy}; nothing can be set before`;
}

function releaseFindings(look: Look, { head, parts, pinned }: JudgedRelease): readonly Finding[] {
  const hint =
    pinned === undefined ? 'publish again: waxseal release publish' : `waxseal release pin ${pinned}`;
  const findings: Finding[] = [];
  if (head.problem !== undefined) findings.push(problemFinding(look, head, head.problem, hint));
  if (head.void) findings.push(voidNote(look, head));
  for (const [name, isPart] of parts) {
    if (isPart) continue;
    const seen = look.own.get(name);
    const which = `release ${head.core?.revision ?? '?'}`;
    findings.push(
      seen === undefined
        ? finding(look, name, 'fault', 'removed', `${which} needs this part, and it is gone`, hint)
        : finding(
            look,
            seen,
            'fault',
            'part_replaced',
            `it is not the part that ${which} names`,
            `a publish may be under way: verify again; else ${hint}`,
          ),
    );
  }
  return findings;
}

function voidNote(look: Look, judged: Judged): Finding {
  const { copyOf } = judged;
  if (copyOf === undefined) {
    const message = 'a write that lost a race lies on top; readers pass it over';
    return finding(look, judged, 'note', 'void', message, 'the next write buries it');
  }
  const what =
    'name' in copyOf
      ? `a text that was sealed for ${copyOf.name} was put here`
      : `the text of Version ${copyOf.version} was put again`;
  const hint =
    'waxseal does not do that: "waxseal verify --history" says who wrote it; the next write buries it';
  return finding(look, judged, 'note', 'void', `${what}; it does not count, and readers pass it over`, hint);
}

/**
 * A version of the past under a KMS key that is not accepted any more. Once a vault moved, that is what all of its past
 * is like.
 */
export function formerKeyNote(look: Look, judged: Judged, isVouched: boolean): Finding {
  const { namedKeyId: id = '' } = judged;
  const vouched = isVouched ? '; the versions above it vouch for it' : '';
  const message = `it is under KMS key ${id}, which is not accepted any more: it cannot be verified${vouched}`;
  const hint = `put ${id} into "acceptedKeyIds" of the vault in waxseal.json to have it verified`;
  return { ...finding(look, judged, 'note', 'former_key', message, hint), kmsKeyId: id };
}

/** The full name of a vault's descriptor, and where home is not meant to be asked too. */
export function descriptorOf(path: string): string {
  return parameterName(path, `${RESERVED_FOLDER}/vault`);
}

/** Nothing vouches for a descriptor: it can only be compared with what was verified. */
function descriptorFindings(look: Look): readonly Finding[] {
  const { scope } = look.bench;
  const seen = look.own.get(descriptorOf(scope.path));
  if (seen === undefined || look.descriptor === undefined) return [];
  const record = look.record?.problem === undefined ? look.record?.record : undefined;
  const said = fieldsOf(look.descriptor);
  const accepted = look.bench.kmsKeys.find((key) => key === said?.kms);
  const wanted = {
    vault: scope.path,
    home: scope.home.name,
    ...(record && { kms: accepted ?? record.kmsKeyId }),
  };
  const wrong = Object.entries(wanted).flatMap(([field, value]) => (said?.[field] === value ? [] : [field]));
  if (wrong.length === 0) return [];
  const what =
    said === undefined ? 'the descriptor is none' : `the descriptor says otherwise: ${wrong.join(', ')}`;
  return [finding(look, seen, 'drift', 'differs', what, 'waxseal doctor says which side is right')];
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What no release names, nor anything else: older parts, which nothing vouches for and nobody reads. */
function leftOvers(look: Look): readonly Finding[] {
  const { scope } = look.bench;
  const releases = [look.release, ...look.pinned].filter((one) => one !== undefined);
  const known = new Set([scope.dataKeyName, descriptorOf(scope.path)]);
  for (const { head, parts } of releases)
    for (const name of [head.parameter, ...parts.keys()]) known.add(name);
  // Of a release that does not open it is not known which parts are its own.
  const closed = releases.filter(({ head }) => !isAuthentic(head)).map(({ head }) => `${head.parameter}/`);
  return [...look.own].flatMap(([name, seen]) => {
    // Of them there may be many, and the past ones are counted together.
    if (known.has(name) || parsePartName(scope.path, name) !== undefined) return [];
    if (closed.some((folder) => name.startsWith(folder))) return [];
    const isPart = name.startsWith(`${releaseNames(scope.path).head}/`);
    const message = isPart
      ? 'a part of an earlier release, which nobody reads'
      : 'nothing that waxseal reads';
    return [finding(look, seen, 'note', 'left_over', message)];
  });
}
