/** Puts a backup into a vault of another path or KMS key: each secret is opened and sealed for it. */
import type { Entry } from '../../envelope/index.ts';
import { parameterName } from '../../secret-name.ts';
import { deadline } from '../deadline.ts';
import type { OpenedEntry } from '../effective.ts';
import { secretValue } from '../large/read.ts';
import { patiently } from '../patience.ts';
import type { VaultScope } from '../scope.ts';
import { checkValueFits } from '../size.ts';
import { commit, type Proposal } from '../write.ts';
import type { BackupRecord } from './format.ts';
import type { Placed } from './place.ts';
import { notEmpty } from './room.ts';
import { type OpenedBackup, type OpenedVersion, openVersion } from './source-vault.ts';

/** Each secret as it stands, opened and sealed for this vault with its revision; its history cannot come along. */
export function sealAnew(scope: VaultScope, { old, secrets, mark }: OpenedBackup): Placed {
  const isSame = async (name: string, current: OpenedEntry, caller?: AbortSignal): Promise<boolean> => {
    const value = await secretValue(scope, scope.home, current, deadline(scope.timeout, caller));
    return JSON.stringify(mark({ entry: current.entry, value })) === JSON.stringify(secrets.get(name));
  };
  const withValue = async <T>(
    record: BackupRecord,
    caller: AbortSignal | undefined,
    use: (name: string, opened: OpenedVersion) => Promise<T>,
  ): Promise<T | undefined> => {
    if (record.is !== 'secret' || record.versions.length === 0) return undefined;
    const opened = await openVersion(old, record, record.versions.length - 1, caller);
    if (opened === undefined) return undefined;
    try {
      return await use(record.name, opened);
    } finally {
      opened.value.fill(0);
    }
  };
  const write = async (
    name: string,
    proposal: Proposal | undefined,
    caller: AbortSignal | undefined,
  ): Promise<Entry | undefined> => {
    const change = async (current: OpenedEntry | undefined): Promise<Proposal | undefined> => {
      if (current === undefined) return proposal;
      if (await isSame(name, current, caller)) return undefined;
      throw notEmpty(name, scope.home);
    };
    const parameter = parameterName(scope.path, name);
    return (await patiently(scope, caller, () => commit(scope, parameter, change, caller)))?.entry;
  };
  return {
    async check(record, isThere, caller) {
      await withValue(record, caller, async (name, { value }) => {
        checkValueFits(scope, parameterName(scope.path, name), value);
        if (isThere) await write(name, undefined, caller);
      });
    },
    async put(record, caller) {
      const entry = await withValue(record, caller, (name, { entry: { core }, value }) => {
        const sealed = core.flags.tombstone ? undefined : value;
        return write(name, { value: sealed, expiresAt: core.expiresAt, above: core.revision - 1 }, caller);
      });
      return entry === undefined ? [] : [entry];
    },
  };
}
