/** The data key records of all regions, brought together: each region has to take writes when home is lost. */
import { type DataKeyRecord, formatDataKeyId, parseDataKeyRecord } from '../../envelope/index.ts';
import { isIntegrityError, WaxsealError } from '../../errors.ts';
import { writeCopy } from '../claim.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import type { Records } from '../key/put-back.ts';
import { claimedKey } from '../key/retired.ts';
import type { Region, StoredParameter } from '../ports.ts';
import { askRegions, lose, NOTHING, type Part, preferredFor, problemOf, type Run } from './run.ts';
import type { SyncAction, SyncConflict, SyncProblem } from './types.ts';

const THE_RECORD = { kind: 'data-key', name: 'data key record' } as const;

interface Holder {
  readonly region: Region;
  readonly stored: StoredParameter;
  readonly record: DataKeyRecord;
}

interface Target {
  readonly region: Region;
  readonly action: SyncAction;
}

interface RecordPlan {
  readonly winner: Holder | undefined;
  readonly targets: readonly Target[];
  readonly conflict?: SyncConflict;
  /** No region holds a record that could be written under. */
  readonly retired?: SyncProblem | undefined;
}

/** What would be done with the records as they were listed. */
export async function planDataKey(run: Run, records: Records): Promise<Part> {
  try {
    const planned = await plan(run, records);
    return { ...restOf(planned), actions: planned.targets.map(({ action }) => action) };
  } catch (error) {
    checkCancelled(run.signal);
    return problemOf(THE_RECORD.kind, THE_RECORD.name, error);
  }
}

/** Reads them again and writes what is missing or older. */
export async function syncDataKey(run: Run): Promise<Part> {
  const { scope } = run;
  try {
    const signal = deadline(scope.timeout, run.signal);
    const records = await askRegions(run, async (region) =>
      (await region.parameters.read([scope.dataKeyName], signal)).get(scope.dataKeyName),
    );
    const planned = await plan(run, records);
    const { winner, targets } = planned;
    if (winner === undefined) return restOf(planned);
    const done = await Promise.all(
      targets.map(async ({ region, action }): Promise<readonly SyncAction[]> => {
        const create = action.how === 'create';
        try {
          const { value } = winner.stored;
          const version = await writeCopy(
            scope,
            region,
            scope.dataKeyName,
            value,
            create,
            deadline(scope.timeout),
          );
          // Somebody made one meanwhile: the next run looks at it.
          return version === 0 ? [] : [action];
        } catch (error) {
          lose(run, region, error);
          return [];
        }
      }),
    );
    return { ...restOf(planned), actions: done.flat() };
  } catch (error) {
    checkCancelled(run.signal);
    return problemOf(THE_RECORD.kind, THE_RECORD.name, error);
  }
}

/** The highest generation wins; of two data keys of one generation the preferred region's. KMS proves each of them. */
async function plan(run: Run, records: Records): Promise<RecordPlan> {
  const there = [...records.values()];
  const holders: Holder[] = [];
  // Equal everywhere: nothing depends on them here, and KMS need not be asked.
  if (there.every((stored) => stored?.value === there[0]?.value)) {
    const generation = claimedKey(run.scope, there[0])?.generation;
    return { winner: undefined, targets: [], retired: retiredBelow(run, generation) };
  }
  for (const [region, stored] of records) {
    const record = stored && (await openRecord(run, region, stored));
    if (stored !== undefined && record !== undefined) holders.push({ region, stored, record });
  }
  const newest = Math.max(...holders.map(({ record }) => record.id.generation));
  const candidates = holders.filter(({ record }) => record.id.generation === newest);
  const preferred = preferredFor(run, THE_RECORD.kind, THE_RECORD.name);
  const winner = candidates.find(({ region }) => region.name === preferred) ?? candidates[0];
  if (winner === undefined) return { winner, targets: [] };
  const idOf = ({ record }: Holder): string => formatDataKeyId(record.id);
  const rivals = candidates.filter((one) => idOf(one) !== idOf(winner));
  if (rivals.length > 0 && winner.region.name !== preferred) {
    return { winner: undefined, targets: [], conflict: conflictOf(holders) };
  }
  const targets = [...records].flatMap(([region, stored]): readonly Target[] => {
    const holder = holders.find((one) => one.region === region);
    if (holder !== undefined && idOf(holder) === idOf(winner)) return [];
    const how =
      stored === undefined
        ? 'create'
        : holder === undefined
          ? 'replace'
          : rivals.includes(holder)
            ? 'overwrite'
            : 'forward';
    const [from, to] = [winner.region.name, region.name];
    return [{ region, action: { ...THE_RECORD, how, from, to, revision: newest, deleted: false } }];
  });
  return { winner, targets, retired: retiredBelow(run, newest) };
}

function restOf({ conflict, retired }: RecordPlan): Part {
  return {
    ...NOTHING,
    conflicts: conflict === undefined ? [] : [conflict],
    problems: retired === undefined ? [] : [retired],
  };
}

/** What copying cannot mend. @param newest - the highest generation that a record names */
function retiredBelow({ sealed }: Run, newest: number | undefined): SyncProblem | undefined {
  if (newest === undefined || newest >= sealed) return undefined;
  const message = `no region holds a newer one than generation ${newest}, and generation ${sealed} has sealed already`;
  const error = new WaxsealError('data_key_retired', message, {
    hint: 'the record of a retired data key was put back: only waxseal key rotate mends it, by one above all',
  });
  return { ...THE_RECORD, error };
}

/** A record that KMS opens; undefined for one that is not to be trusted. */
export async function openRecord(
  { scope, signal }: Pick<Run, 'scope' | 'signal'>,
  region: Region,
  stored: StoredParameter,
): Promise<DataKeyRecord | undefined> {
  try {
    const record = parseDataKeyRecord(stored.value, scope.path);
    await scope.dataKeys.open(region, record, 0, deadline(scope.timeout, signal));
    return record;
  } catch (error) {
    if (!isIntegrityError(error)) throw error;
    return undefined;
  }
}

function conflictOf(holders: readonly Holder[]): SyncConflict {
  const sides = holders.map(({ region, record: { id } }) => ({
    region: region.name,
    revision: id.generation,
    sealedAt: id.createdAt * 1000,
    deleted: false,
    dataKeyId: formatDataKeyId(id),
  }));
  return { ...THE_RECORD, sides };
}
