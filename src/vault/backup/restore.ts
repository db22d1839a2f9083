/**
 * Restores a backup into an empty vault. Nothing is written before the file was read whole, all of it was opened, and
 * the vault has room. A restore that was cut off is started again: what is there already is left alone.
 */
import type { Entry } from '../../envelope/index.ts';
import { WaxsealError } from '../../errors.ts';
import { parameterName } from '../../secret-name.ts';
import { aFewAtOnce } from '../at-once.ts';
import { deadline } from '../deadline.ts';
import { effectiveEntry, openFound } from '../effective.ts';
import { secretValue } from '../large/read.ts';
import { patiently } from '../patience.ts';
import { isThere } from '../release/collect.ts';
import { publish } from '../release/publish.ts';
import { replicate } from '../replicate.ts';
import type { VaultScope } from '../scope.ts';
import type { BehindRegion } from '../types.ts';
import { checkBackup, recordsOf } from './check.ts';
import type { BackupRecord } from './format.ts';
import { keepAsSealed, type Placed } from './place.ts';
import { namesThere } from './room.ts';
import { sealAnew } from './seal-anew.ts';
import { type OpenedBackup, oldVault, openBackup } from './source-vault.ts';
import type { BackupCounts, BackupSource, RestoreOptions, RestoreResult } from './types.ts';

/** Secrets that are written at once. PutParameter's quota is the limit in an account, not this. */
const AT_ONCE = 4;

/**
 * @throws WaxsealError `malformed` when the file is not as it was written; `conflict` when the vault is not empty;
 *   what KMS says where it does not open the backup: nothing was written then
 */
export async function restoreBackup(
  scope: VaultScope,
  source: BackupSource,
  options: RestoreOptions = {},
): Promise<RestoreResult> {
  const { from, dryRun = false, onProgress, signal: caller } = options;
  const checked = await checkBackup(source);
  const { header, ...counts } = checked.summary;
  if (from === undefined && header.vault !== scope.path) throw otherVault(header.vault, scope.path);
  const total = counts.secrets * 2;
  let done = 0;
  const step = (): void => {
    done += 1;
    onProgress?.({ done, total });
  };
  const old = oldVault(scope, header.vault, from ?? scope.home.keys);
  try {
    const opened = await openBackup(old, source, checked, step, caller);
    const placed: Placed = from === undefined ? keepAsSealed(scope, opened) : sealAnew(scope, opened);
    const there = await namesThere(scope, opened, caller);
    for await (const record of recordsOf(source, checked)) {
      await placed.check(record, record.is === 'secret' && there.has(record.name), caller);
    }
    const result = { header, ...countsOf(counts), sealedAnew: from !== undefined };
    if (dryRun) return { ...result, release: undefined, behind: [] };
    const behind = new Map<string, WaxsealError>();
    const put = async (record: BackupRecord): Promise<void> => {
      const entries = await placed.put(record, caller);
      if (record.is !== 'secret' || entries.length === 0) return;
      for (const entry of entries) {
        for (const late of await copy(scope, entry, caller)) behind.set(late.region, late.error);
      }
      step();
    };
    // The data key's record first, so that a writer who comes meanwhile makes no other; releases last.
    await aFewAtOnce(only('data-key', recordsOf(source, checked)), 1, put);
    await aFewAtOnce(only('secret', recordsOf(source, checked)), AT_ONCE, put);
    await aFewAtOnce(only('release', recordsOf(source, checked)), 1, put);
    // Names that were purged are known to the release alone.
    const purged = opened.released.filter((item) => !isThere(item) && !opened.secrets.has(item.name));
    // Where something published between a restore that was cut off and this one, the backup's release is not put on
    // top of that; applications that saw it would take none of a lower number.
    const above = from === undefined ? Math.max(0, opened.release - 1) : 0;
    const published = await patiently(scope, caller, () =>
      publish(scope, caller, { items: purged, above, replaced: new Set() }),
    );
    for (const late of published.behind) behind.set(late.region, late.error);
    await checkRestored(scope, opened, caller);
    const late = [...behind].map(([region, error]) => ({ region, error }));
    return { ...result, release: published.release, behind: late };
  } finally {
    old.dataKeys.close();
  }
}

function countsOf({ secrets, versions, pins }: BackupCounts): BackupCounts {
  return { secrets, versions, pins };
}

/** Brings an entry to the replicas; what AWS slows down is waited for, what it refuses is told. */
function copy(
  scope: VaultScope,
  entry: Entry,
  caller: AbortSignal | undefined,
): Promise<readonly BehindRegion[]> {
  return patiently(scope, caller, async () => {
    const behind = await replicate(scope, entry.core.name, entry);
    const slow = behind.find(({ error }) => error.code === 'throttled');
    if (slow !== undefined) throw slow.error;
    return behind;
  });
}

async function* only(
  kind: BackupRecord['is'],
  records: AsyncIterable<BackupRecord>,
): AsyncGenerator<BackupRecord> {
  for await (const record of records) if (record.is === kind) yield record;
}

/** Reads everything back from home and compares it with what the backup held. */
async function checkRestored(
  scope: VaultScope,
  { secrets, mark }: OpenedBackup,
  caller: AbortSignal | undefined,
): Promise<void> {
  const { home } = scope;
  // What another region still has of a value is no proof that home has it.
  const alone = { ...scope, regions: [home] as const };
  await aFewAtOnce(secrets, AT_ONCE, async ([name, wanted]) => {
    const parameter = parameterName(scope.path, name);
    await patiently(scope, caller, async () => {
      const signal = deadline(scope.timeout, caller);
      const top = (await home.parameters.read([parameter], signal)).get(parameter);
      const found = top && (await effectiveEntry(home, top, signal));
      const opened = found && (await openFound(scope, home, parameter, found, signal));
      const value = opened && (await secretValue(alone, home, opened, signal));
      const there = opened && value && mark({ entry: opened.entry, value });
      value?.fill(0);
      if (JSON.stringify(there) === JSON.stringify(wanted)) return;
      throw new WaxsealError('conflict', `${name} was changed while the backup was restored`, {
        hint: 'all of the backup was written; somebody else writes to this vault, look at "waxseal history"',
        region: home.name,
      });
    });
  });
}

function otherVault(old: string, path: string): WaxsealError {
  return new WaxsealError('usage', `the backup is of vault ${old}, this one is ${path}`, {
    hint: 'name the KMS key of the old vault, so that everything can be sealed anew: --from-key',
  });
}
