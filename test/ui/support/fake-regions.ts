/** What a vault in memory says of its regions: worked out from its listing, so that all it tells agrees. */
import type {
  EntryStatus,
  Listing,
  SyncAction,
  SyncConflict,
  SyncPlan,
  SyncPreference,
  VaultStatus,
} from '../../../src/vault/index.ts';

const KEY = '1.1795326699.0042391bd736d6df';

/** How a listed vault stands in its regions. */
export function statusOf(
  { secrets, failed }: Listing,
  regions: readonly string[],
  dataKey: 'equal' | 'retired' = 'equal',
): VaultStatus {
  const entries = secrets.map(({ name, revision, copies, deleted, problem }): EntryStatus => {
    const known = Object.values(copies).filter((state) => state !== 'unreachable');
    const pending = Object.values(copies).some((state) => state !== 'equal');
    return {
      name,
      revision,
      problem,
      tombstone: deleted ? (pending ? 'pending' : 'everywhere') : undefined,
      cells: Object.fromEntries(
        Object.entries(copies).map(([region, state]) => [
          region,
          {
            state,
            revision:
              state === 'unreachable' || state === 'missing'
                ? undefined
                : revision + Number(state === 'ahead') - Number(state === 'behind'),
            void: false,
          },
        ]),
      ),
      drift: known.some((state) => state !== 'equal' && !(deleted && state === 'missing')),
    };
  });
  return {
    exists: true,
    entries,
    regions: regions.map((region, index) => {
      const error = failed[region];
      return error === undefined
        ? {
            region,
            home: index === 0,
            release: { state: 'equal', number: 7, digest: '00' },
            dataKey: { state: dataKey, dataKeyId: KEY },
          }
        : {
            region,
            home: index === 0,
            error,
            release: { state: 'unreachable' },
            dataKey: { state: 'unreachable' },
          };
    }),
    equal: dataKey === 'equal' && entries.every(({ drift }) => !drift) && Object.keys(failed).length === 0,
  };
}

/** What a sync of a listed vault would do: the older follow home, the diverged wait for a preference. */
export function planOf(
  { secrets, failed }: Listing,
  regions: readonly string[],
  { names = {} }: SyncPreference = {},
): SyncPlan {
  const [home = ''] = regions;
  const actions: SyncAction[] = [];
  const conflicts: SyncConflict[] = [];
  for (const { name, revision, copies, deleted, sealedAt } of secrets) {
    const common = { kind: 'secret', name, revision, deleted } as const;
    const diverged = regions.filter((region) => copies[region] === 'diverged');
    const preferred = names[name];
    if (diverged.length > 0 && preferred === undefined) {
      const sides = [home, ...diverged].map((region) => ({
        region,
        revision,
        sealedAt,
        writtenBy: `arn:aws:sts::123456789012:assumed-role/writer/in-${region}`,
        deleted,
        dataKeyId: KEY,
      }));
      conflicts.push({ kind: 'secret', name, sides });
    } else if (preferred !== undefined) {
      for (const to of [home, ...diverged].filter((region) => region !== preferred)) {
        actions.push({ ...common, how: 'merge', from: preferred, to });
      }
    }
    for (const [region, state] of Object.entries(copies)) {
      if (state === 'behind') actions.push({ ...common, how: 'forward', from: home, to: region });
      if (state === 'missing') actions.push({ ...common, how: 'create', from: home, to: region });
      if (state === 'ahead') actions.push({ ...common, how: 'forward', from: region, to: home });
    }
  }
  return { exists: true, actions, conflicts, leftovers: [], problems: [], failed };
}
