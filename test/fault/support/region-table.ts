/**
 * What has to happen when one region of three has a fault: written down before it was tried, from docs/OPERATIONS.md ("A
 * region is gone") and docs/THREAT-MODEL.md. Reads are answered by home, else by the next region that can; what home alone
 * decides, a write, fails with home and is never decided elsewhere; a replica's fault is no reason for a write to fail.
 */
import type { ErrorCode } from '../../../src/errors.ts';

/** Where a fault is. */
export type Place = 'home' | 'replica';

/** Home, the nearest replica, and one more, which never has a fault. */
export const REGIONS = { home: 'us-east-1', replica: 'eu-west-1', third: 'ap-south-1' } as const;

/** What is done. */
export type Operation = 'get' | 'list' | 'exec' | 'loadSecrets' | 'set';

/** All of them, in the order of the table. */
export const OPERATIONS: readonly Operation[] = ['get', 'list', 'exec', 'loadSecrets', 'set'];

/** What is wrong. */
export type FaultName =
  | 'down'
  | 'slow by 5 s'
  | 'throttled'
  | 'access denied'
  | 'key disabled'
  | 'key pending deletion'
  | 'key missing'
  | 'stale by 2 revisions'
  | 'half-open';

/** What becomes of one operation. */
export interface Outcome {
  /** `current` or `old`: that value was given, or written as the next revision. Else the error's code, or one of these. */
  readonly result: 'current' | 'old' | readonly ErrorCode[];
  /** Who answered; `elsewhere`: a region without the fault, whichever comes first after the hedge delay. */
  readonly from?: 'home' | 'replica' | 'elsewhere';
  /** Why the region with the fault has no part in it: in a listing's `failed`, in a write's `behind`. */
  readonly told?: readonly ErrorCode[];
  /** Of a listing: the copies in home, replica and third. */
  readonly copies?: string;
}

const CURRENT = 'current';
const atHome: Outcome = { result: CURRENT, from: 'home' };
const atReplica: Outcome = { result: CURRENT, from: 'replica' };
const elsewhere: Outcome = { result: CURRENT, from: 'elsewhere' };
const refused = (...codes: ErrorCode[]): Outcome => ({ result: codes });
const without = (outcome: Outcome, ...told: ErrorCode[]): Outcome => ({ ...outcome, told });
const listed = (outcome: Outcome, copies: string): Outcome => ({ ...outcome, copies });

/** A home that cannot be read: reads go to a replica, nothing is written. */
function homeGone(read: Outcome, ...told: ErrorCode[]): Record<Operation, Outcome> {
  return {
    get: read,
    list: listed(without(atReplica, ...told), 'unreachable equal equal'),
    exec: read,
    loadSecrets: read,
    set: refused(...told),
  };
}

/** A home whose entries can be read and whose KMS opens none: a replica's KMS opens what home holds, or all of it. */
function homeSealed(code: ErrorCode): Record<Operation, Outcome> {
  return {
    get: atReplica,
    // A listing opens home's own copies, by the KMS of the next region: they count, and nothing failed.
    list: listed(atHome, 'equal equal equal'),
    exec: atReplica,
    loadSecrets: atReplica,
    set: refused(code),
  };
}

/** A replica that cannot be read: it is told of where all regions are asked, and nothing else changes. */
function replicaGone(...told: ErrorCode[]): Record<Operation, Outcome> {
  return {
    get: atHome,
    list: listed(without(atHome, ...told), 'equal unreachable equal'),
    exec: atHome,
    loadSecrets: atHome,
    set: without(atHome, ...told),
  };
}

/** A copy goes to a replica as it was sealed at home: the replica's KMS is not needed for it. */
const replicaSealed: Record<Operation, Outcome> = {
  get: atHome,
  list: listed(atHome, 'equal equal equal'),
  exec: atHome,
  loadSecrets: atHome,
  set: atHome,
};

/** Each cell. exec and loadSecrets have the newest release for their floor in the rows that are stale. */
export const TABLE: Readonly<
  Record<FaultName, Readonly<Record<Place, Readonly<Record<Operation, Outcome>>>>>
> = {
  down: { home: homeGone(atReplica, 'unreachable'), replica: replicaGone('unreachable') },
  'slow by 5 s': { home: homeGone(elsewhere, 'timeout'), replica: replicaGone('timeout') },
  // The SDK tries again until it gives up, or the deadline passes, whichever is first.
  throttled: {
    home: homeGone(elsewhere, 'throttled', 'timeout'),
    replica: replicaGone('throttled', 'timeout'),
  },
  // A right that is missing in one region says nothing of the value: the next region answers, and a write says it.
  'access denied': { home: homeGone(atReplica, 'denied'), replica: replicaGone('denied') },
  'key disabled': { home: homeSealed('key_unusable'), replica: replicaSealed },
  'key pending deletion': { home: homeSealed('key_unusable'), replica: replicaSealed },
  'key missing': { home: homeSealed('key_not_found'), replica: replicaSealed },
  'stale by 2 revisions': {
    home: {
      // Nothing tells an entry that is put back, or not there yet, from the newest one: home is believed.
      get: { result: 'old', from: 'home' },
      list: { result: 'old', from: 'home', copies: 'equal ahead ahead' },
      // The floor refuses home's release, which no replica may be kept from answering for.
      exec: atReplica,
      loadSecrets: atReplica,
      // The slot above what is read is taken: a write there is void.
      set: refused('conflict'),
    },
    replica: {
      get: atHome,
      list: listed(atHome, 'equal behind equal'),
      exec: atHome,
      loadSecrets: atHome,
      set: without(atHome, 'conflict'),
    },
  },
  'half-open': { home: homeGone(elsewhere, 'timeout'), replica: replicaGone('timeout') },
};

/** Faults that let a caller wait: a read leaves the region after the hedge delay and not at a failure. */
export const SILENT: readonly FaultName[] = ['slow by 5 s', 'throttled', 'half-open'];

/** One cell of the table. */
export interface Cell {
  readonly place: Place;
  readonly fault: FaultName;
  readonly operation: Operation;
  readonly expected: Outcome;
}

/** All cells. */
export const CELLS: readonly Cell[] = (['home', 'replica'] as const).flatMap((place) =>
  (Object.keys(TABLE) as FaultName[]).flatMap((fault) =>
    OPERATIONS.map((operation) => ({ place, fault, operation, expected: TABLE[fault][place][operation] })),
  ),
);

/** Calls by region, each such as `GetParameters 1`. */
export type Calls = Readonly<Record<keyof typeof REGIONS, readonly string[]>>;

/** The calls that regions without the fault get, exactly; undefined for those that time decides on. */
export function callsElsewhere({ place, fault, operation, expected }: Cell): Partial<Calls> | undefined {
  const isStale = fault === 'stale by 2 revisions';
  const healthy = (['home', 'replica', 'third'] as const).filter((region) => region !== place);
  const each = (calls: (region: keyof typeof REGIONS) => readonly string[]): Partial<Calls> =>
    Object.fromEntries(healthy.map((region) => [region, calls(region)]));
  switch (operation) {
    case 'get':
    case 'loadSecrets':
      if (place === 'home' && SILENT.includes(fault)) return undefined;
      // What home's KMS opened before the floor refused home's release opens the replica's, too.
      return each((region) => {
        if (region !== expected.from) return [];
        return place === 'home' && isStale ? ['GetParameters 1'] : ['Decrypt 1', 'GetParameters 1'];
      });
    case 'list': {
      // One KMS opens all of it: the first one, home's, or the replica's for a home that cannot.
      const opens = place === 'replica' || isStale ? 'home' : 'replica';
      return each((region) => [...(region === opens ? ['Decrypt 1'] : []), 'GetParametersByPath 1']);
    }
    case 'set':
      if (expected.from === undefined) return each(() => []);
      // Home is asked again for each attempt at a replica that seems to hold what home has gone past.
      if (isStale) return { third: ['GetParameters 1', 'PutParameter 1'] };
      return each((region) => [
        ...(region === 'home' ? ['Decrypt 1'] : []),
        'GetParameters 1',
        'PutParameter 1',
      ]);
    // A process starts as quickly as the machine lets it: its own hedge delay may pass before home is done.
    case 'exec':
      return undefined;
  }
}
