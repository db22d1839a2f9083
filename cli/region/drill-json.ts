/** A drill as JSON. The fields are stable; there is never a value in it. */
import type { WaxsealError } from '../../src/errors.ts';
import type { DrilledLoad, DrilledRegion, DrillReport } from '../../src/vault/index.ts';

/** A drill of one vault or of several. */
export interface Drill {
  /** When it began, in ms since 1970. */
  readonly startedAt: number;
  /** The ARN of who ran it; undefined where it could not be asked. */
  readonly caller: string | undefined;
  /** Which AWS it was, for a person. */
  readonly aws: string;
  readonly vaults: readonly DrillReport[];
}

/** Whether every vault would have gone on without its home. */
export function allCarried({ vaults }: Pick<Drill, 'vaults'>): boolean {
  return vaults.every(({ carried }) => carried);
}

/** The document. What is not known is `null`, so that every field is always there. */
export function drillJson(drill: Drill): object {
  return {
    startedAt: new Date(drill.startedAt).toISOString(),
    caller: drill.caller ?? null,
    aws: drill.aws,
    carried: allCarried(drill),
    vaults: drill.vaults.map((report) => ({
      vault: report.vault,
      startedAt: new Date(report.startedAt).toISOString(),
      home: report.home,
      homeLoads: report.regions.some(({ role, alone }) => role === 'home' && alone.ok),
      comparedWith: report.comparedWith ?? null,
      release: report.release ?? null,
      carried: report.carried,
      regions: report.regions.map(regionJson),
    })),
  };
}

function regionJson(one: DrilledRegion): object {
  return {
    region: one.region,
    role: one.role,
    carries: one.carries,
    kmsKeyId: one.kmsKeyId ?? null,
    release: one.alone.ok ? (one.alone.release ?? null) : null,
    withHomeCutOff: one.failover === undefined ? null : loadJson(one.failover),
    alone: loadJson(one.alone),
    differingSecrets: one.differing,
    entries: one.entries ?? null,
    entriesError: errorJson(one.entriesError),
    lost: one.lost.map(({ name, revision, has, deleted, sealedAt }) => ({
      name,
      revision,
      has: has ?? null,
      deleted,
      sealedAt: new Date(sealedAt).toISOString(),
    })),
    newestLostSeconds: one.newestLostSeconds ?? null,
    takesWrites: one.writeProblem === undefined,
    writeError: errorJson(one.writeProblem),
  };
}

function loadJson(load: DrilledLoad): object {
  return load.ok
    ? { ok: true, ms: load.ms, secrets: load.secrets, release: load.release ?? null, error: null }
    : { ok: false, ms: load.ms, secrets: null, release: null, error: errorJson(load.error) };
}

function errorJson(error: WaxsealError | undefined): object | null {
  return error === undefined ? null : error.toJSON();
}
