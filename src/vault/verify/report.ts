/** Puts together what was found. */
import { formatDataKeyId } from '../../envelope/index.ts';
import type { WaxsealError } from '../../errors.ts';
import { compareNames } from '../../secret-name.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import { type Authors, authorKey, type Histories } from './history.ts';
import { isAuthentic, type Judged, type JudgedRecord, type Seen } from './judge.ts';
import type { Look } from './look.ts';
import type { Finding, Gravity, Verdict, VerifiedParameter, VerifiedRegion, VerifyReport } from './types.ts';

/** The gravest first. */
const GRAVITIES: readonly Gravity[] = ['fault', 'unverified', 'drift', 'note'];

/** What a run came to. */
export interface Outcome {
  readonly scope: VaultScope;
  readonly startedAt: number;
  readonly exists: boolean;
  readonly history: boolean;
  readonly answers: ReadonlyMap<Region, Look | WaxsealError>;
  readonly findings: readonly Finding[];
  readonly histories: Histories;
  readonly authors: Authors;
}

/** The report: regions home first, parameters by name, the gravest findings first. */
export function report(outcome: Outcome): VerifyReport {
  const { scope, startedAt, exists, history, answers, histories, authors } = outcome;
  const looks = [...answers.values()].filter((answer): answer is Look => !(answer instanceof Error));
  const findings = [...outcome.findings].sort(
    (a, b) =>
      GRAVITIES.indexOf(a.gravity) - GRAVITIES.indexOf(b.gravity) ||
      compareNames(a.parameter ?? '', b.parameter ?? ''),
  );
  const none = (...gravities: readonly Gravity[]): boolean =>
    findings.every(({ gravity }) => !gravities.includes(gravity));
  const tombstones = new Map(looks.flatMap((look) => [...look.secrets].map(tombstoneOf)).reverse());
  return {
    vault: scope.path,
    startedAt,
    exists,
    history,
    regions: scope.regions.map((region) => regionOf(scope, region, answers.get(region))),
    parameters: looks.flatMap((look) => parametersOf(look, findings, authors)),
    findings,
    secrets: [...tombstones.values()].filter((deleted) => !deleted).length,
    deleted: [...tombstones.values()].filter((deleted) => deleted).length,
    dataKeys: new Set(looks.flatMap(({ bench }) => [...bench.keys.opened.values()])).size,
    versions: histories.versions,
    authentic: none('fault'),
    complete: none('unverified'),
    equal: none('drift'),
  };
}

/** Home's word counts, which comes last in the map. */
function tombstoneOf([name, { core }]: readonly [string, Judged]): readonly [string, boolean] {
  return [name, core?.flags.tombstone === true];
}

function regionOf(
  scope: VaultScope,
  region: Region,
  answer: Look | WaxsealError | undefined,
): VerifiedRegion {
  const place = { region: region.name, home: region === scope.home };
  if (answer === undefined || answer instanceof Error) {
    return { ...place, error: answer, release: undefined, dataKeys: 0 };
  }
  const head = answer.release?.head;
  const release = isAuthentic(head) ? head.core.revision : undefined;
  return { ...place, error: undefined, release, dataKeys: answer.bench.keys.opened.size };
}

function parametersOf(
  look: Look,
  findings: readonly Finding[],
  authors: Authors,
): readonly VerifiedParameter[] {
  const region = look.bench.region.name;
  const verdicts = new Map<string, Verdict>();
  for (const { parameter, version, kind, region: where } of findings) {
    const key = `${parameter}:${version}`;
    // They come gravest first.
    if (where === region && parameter !== undefined && !verdicts.has(key)) verdicts.set(key, kind);
  }
  const line = (seen: Seen, sealed: Sealed, otherwise: Verdict): VerifiedParameter => ({
    region,
    parameter: seen.parameter,
    sha256: seen.sha256,
    version: seen.version,
    modifiedAt: seen.modifiedAt,
    modifiedBy: seen.modifiedBy ?? authors.get(authorKey(region, seen.parameter, seen.version)),
    ...sealed,
    verdict: verdicts.get(`${seen.parameter}:${seen.version}`) ?? otherwise,
  });
  const releases = [look.release, ...look.pinned].filter((one) => one !== undefined);
  const judged = new Map<string, VerifiedParameter>();
  const named = [...look.named.values()].map((one) => one.judged);
  for (const one of [...look.secrets.values(), ...named]) {
    for (const name of one?.large?.parts.keys() ?? []) {
      const seen = look.own.get(name);
      // As with a release: what vouches for a part is the entry that names it, and the tag over all of them.
      const whole = one?.large?.mark === undefined ? 'not_opened' : 'authentic';
      if (one !== undefined && seen !== undefined) judged.set(name, line(seen, sealedOf(one), whole));
    }
  }
  for (const [parameter, one] of look.copies) {
    const seen = look.own.get(parameter);
    if (one !== undefined && seen !== undefined)
      judged.set(parameter, line(seen, sealedOf(one), 'authentic'));
  }
  for (const one of look.secrets.values()) judged.set(one.parameter, line(one, sealedOf(one), 'authentic'));
  for (const { head, parts } of releases) {
    judged.set(head.parameter, line(head, sealedOf(head), 'authentic'));
    for (const name of parts.keys()) {
      const seen = look.own.get(name);
      // A part has no name of its own: what vouches for it is the head, and the tag over all parts.
      const whole = head.problem === undefined ? 'authentic' : 'not_opened';
      if (seen !== undefined) judged.set(name, line(seen, sealedOf(head), whole));
    }
  }
  if (look.record !== undefined) {
    judged.set(look.record.parameter, line(look.record, recordSealed(look.record), 'authentic'));
  }
  for (const [name, seen] of look.own) {
    if (!judged.has(name)) judged.set(name, line(seen, NOT_SEALED, 'unauthenticated'));
  }
  return [...judged.values()].sort((a, b) => compareNames(a.parameter, b.parameter));
}

type Sealed = Pick<VerifiedParameter, 'revision' | 'dataKeyId' | 'kmsKeyId' | 'kmsKeyMaterialId'>;

const NOT_SEALED: Sealed = {
  revision: undefined,
  dataKeyId: undefined,
  kmsKeyId: undefined,
  kmsKeyMaterialId: undefined,
};

function sealedOf({ core, kmsKeyId, kmsKeyMaterialId }: Judged): Sealed {
  if (core === undefined) return NOT_SEALED;
  return { revision: core.revision, dataKeyId: formatDataKeyId(core.dataKeyId), kmsKeyId, kmsKeyMaterialId };
}

function recordSealed({ record, problem, kmsKeyMaterialId }: JudgedRecord): Sealed {
  if (record === undefined) return NOT_SEALED;
  const kmsKeyId = problem === undefined ? record.kmsKeyId : undefined;
  return { revision: undefined, dataKeyId: formatDataKeyId(record.id), kmsKeyId, kmsKeyMaterialId };
}
