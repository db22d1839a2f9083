/** The vault that a backup is of: its entries and releases are opened by KMS alone, Parameter Store is not asked. */
import { createHmac } from 'node:crypto';
import {
  type Entry,
  parseDataKeyRecord,
  parseEntry,
  partDigest,
  type ReleaseItem,
} from '../../envelope/index.ts';
import { isIntegrityError, isWaxsealError, WaxsealError } from '../../errors.ts';
import { checkSecretName, checkVaultPath, parameterName, RESERVED_FOLDER } from '../../secret-name.ts';
import { DataKeyRing } from '../data-keys.ts';
import { deadline } from '../deadline.ts';
import { openFound } from '../effective.ts';
import { openTexts as openLargeTexts, wantedParts } from '../large/read.ts';
import { patiently } from '../patience.ts';
import type { KeyWrapper, ParameterStore, Region } from '../ports.ts';
import { openTexts } from '../release/texts.ts';
import type { VaultScope } from '../scope.ts';
import { type CheckedBackup, recordsOf } from './check.ts';
import type { SecretRecord } from './format.ts';
import type { BackupSource } from './types.ts';

/** What a secret of a backup holds, without its value. */
export interface SecretMark {
  readonly revision: number;
  readonly tombstone: boolean;
  /** Seconds since 1970; 0 for never. */
  readonly expiresAt: number;
  /** Of the value, under a key of this process: two marks are the same when the values are. */
  readonly digest: string;
}

/** One version of a secret, opened, with the value that it or its parts hold; none for a tombstone. */
export interface OpenedVersion {
  readonly entry: Entry;
  readonly value: Uint8Array;
}

/** A backup that was opened: all of it is authentic. */
export interface OpenedBackup {
  /** The old vault; its Parameter Store is empty. */
  readonly old: VaultScope;
  readonly secrets: ReadonlyMap<string, SecretMark>;
  /** What the live release has of each name, without the values. */
  readonly released: readonly ReleaseItem[];
  /** The live release's number; 0 where there is none. */
  readonly release: number;
  /** The digests of the large secrets' entries that pinned releases name, in hexadecimal. */
  readonly pinned: ReadonlySet<string>;
  /** The mark of an opened entry. */
  readonly mark: (opened: OpenedVersion) => SecretMark;
}

const NOWHERE: ParameterStore = {
  read: () => Promise.resolve(new Map()),
  async *list() {},
  async *history() {},
  write: () => Promise.reject(new WaxsealError('unexpected', 'a backup is not written to')),
  remove: () => Promise.reject(new WaxsealError('unexpected', 'a backup is not written to')),
};

/**
 * Opens all that a backup holds and forgets it again, but for digests.
 * @throws WaxsealError naming the first thing that does not open: nothing was written by then
 */
export async function openBackup(
  old: VaultScope,
  source: BackupSource,
  checked: CheckedBackup,
  onOpened: () => void,
  caller?: AbortSignal,
): Promise<OpenedBackup> {
  const key = old.randomBytes(32);
  const mark = ({ entry: { core }, value }: OpenedVersion): SecretMark => ({
    revision: core.revision,
    tombstone: core.flags.tombstone,
    expiresAt: core.expiresAt,
    digest: createHmac('sha256', key).update(value).digest('hex'),
  });
  const secrets = new Map<string, SecretMark>();
  const pinned = new Set<string>();
  let released: readonly ReleaseItem[] = [];
  let release = 0;
  for await (const record of recordsOf(source, checked)) {
    const what =
      record.is === 'secret' ? record.name : record.is === 'release' ? 'a release' : 'the data key';
    try {
      if (record.is === 'secret') {
        checkSecretName(old.path, record.name);
        for (const i of record.versions.keys()) {
          const opened = await openVersion(old, record, i, caller);
          if (opened !== undefined) secrets.set(record.name, mark(opened));
          opened?.value.fill(0);
        }
        onOpened();
      } else if (record.is === 'data-key') parseDataKeyRecord(record.text, old.path);
      else {
        const { items, number } = await patiently(old, caller, () =>
          openTexts(old, old.home, record, deadline(old.timeout, caller)),
        );
        if (record.pin === 0) [released, release] = [items, number];
        for (const { value, large } of items) {
          value?.fill(0);
          if (record.pin > 0 && large !== undefined) pinned.add(Buffer.from(large).toString('hex'));
        }
      }
    } catch (error) {
      throw isIntegrityError(error) ? notOpened(what, error) : withoutKey(old.path, checked, error);
    }
  }
  return { old, secrets, released, release, pinned, mark };
}

/**
 * Opens one version of a secret of a backup. Of what is past the parts may be gone; what counts has to have them.
 * @param index - of the version; the last one counts
 * @returns undefined for a version of the past whose parts are not in the backup
 * @throws WaxsealError `large_incomplete`, `malformed`, and what opening an entry can meet
 */
export async function openVersion(
  old: VaultScope,
  { name, versions, parts }: SecretRecord,
  index: number,
  caller?: AbortSignal,
): Promise<OpenedVersion | undefined> {
  const parameter = parameterName(old.path, name);
  const [text = '', texts = []] = [versions[index], parts[index]];
  const found = { entry: parseEntry(text), stored: { name: parameter, value: text, version: 0 } };
  const opened = await patiently(old, caller, () =>
    openFound(old, old.home, parameter, found, deadline(old.timeout, caller)),
  );
  const { entry, content } = opened;
  const wanted = wantedParts(old, opened);
  if (wanted.length > 0 && texts.length === 0) {
    if (index < versions.length - 1) return undefined;
    throw lacking(entry.core.revision);
  }
  if (
    wanted.length !== texts.length ||
    wanted.some(({ digest }, i) => digest !== partDigest(texts[i] ?? ''))
  ) {
    throw new WaxsealError('malformed', `the parts of revision ${entry.core.revision} are not its own`);
  }
  if (wanted.length === 0) return { entry, value: content };
  const value = await patiently(old, caller, () =>
    openLargeTexts(old, old.home, opened, texts, deadline(old.timeout, caller)),
  );
  return { entry, value };
}

function lacking(revision: number): WaxsealError {
  return new WaxsealError('large_incomplete', `revision ${revision} is there without its parts`);
}

/**
 * The vault at `path` under `keys`, with data keys of its own: whoever asked closes them.
 * @throws WaxsealError `invalid_name`
 */
export function oldVault(scope: VaultScope, path: string, keys: KeyWrapper): VaultScope {
  const home: Region = { name: scope.home.name, parameters: NOWHERE, keys };
  return {
    ...scope,
    path: checkVaultPath(path),
    home,
    replicas: [],
    regions: [home],
    dataKeys: new DataKeyRing(path, scope.now, scope.randomBytes),
    dataKeyName: parameterName(path, `${RESERVED_FOLDER}/data-key`),
    written: new Map(),
  };
}

/** The key is what a backup cannot bring along: says which one it takes. */
function withoutKey(path: string, { summary }: CheckedBackup, error: unknown): unknown {
  if (!isWaxsealError(error, 'key_not_found', 'key_unusable', 'denied')) return error;
  return new WaxsealError(error.code, `the backup cannot be opened: ${error.message}`, {
    hint: `it takes kms:Decrypt on the KMS key of ${path} (${summary.header.kmsKeyId}), with the encryption context of ${path}: name that key with --from-key; nothing was written`,
    cause: error,
    region: error.region,
  });
}

function notOpened(what: string, error: WaxsealError): WaxsealError {
  return new WaxsealError(error.code, `${what} in the backup does not open: ${error.message}`, {
    hint:
      error.code === 'foreign_key'
        ? 'another KMS key sealed it: name the one of the old vault (--from-key); nothing was written'
        : 'nothing was written; take another backup',
    cause: error,
    region: error.region,
  });
}
