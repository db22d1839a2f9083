/**
 * Takes a backup of home: everything as it lies there, sealed, with its history. Written line by line, so that memory
 * does not grow with the vault. What changes meanwhile is read again, until a whole round finds nothing new.
 */
import { parseDataKeyRecord } from '../../envelope/index.ts';
import { isIntegrityError, WaxsealError } from '../../errors.ts';
import { parameterName, RESERVED_FOLDER } from '../../secret-name.ts';
import { aFewAtOnce } from '../at-once.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import { patiently } from '../patience.ts';
import type { StoredParameter } from '../ports.ts';
import { noVault } from '../read.ts';
import { readRelease, wipe } from '../release/open.ts';
import type { VaultScope } from '../scope.ts';
import { createCounter } from './check.ts';
import { type BackupRecord, createDigest, encodeLine, lineDigest, recordKey } from './format.ts';
import { type Taken, takeSecret } from './take-secret.ts';
import type { BackupOptions, BackupResult } from './types.ts';

/** Histories that are read at once. Reads have a quota of 40 a second by default. */
const AT_ONCE = 4;
const MAX_ROUNDS = 20;
const LISTING = 10;

/**
 * @param write - takes a piece of the backup's text; the next one follows when it is done
 * @throws WaxsealError `vault_unknown`; `conflict` when the vault kept changing; what an entry that is not to be
 *   trusted meets; what reading can meet
 */
export async function takeBackup(
  scope: VaultScope,
  write: (text: string) => Promise<void>,
  options: BackupOptions = {},
): Promise<BackupResult> {
  const { onProgress, signal: caller } = options;
  const digest = createDigest();
  const counter = createCounter();
  const put = async (text: string): Promise<void> => {
    digest.add(text);
    await write(`${text}\n`);
  };
  let listed = await list(scope, caller);
  if (listed.size === 0) throw noVault(scope.path, [scope.home.name]);
  const header = {
    vault: scope.path,
    regions: scope.regions.map(({ name }) => name),
    kmsKeyId: kmsKeyOf(scope, listed.get(scope.dataKeyName)),
    at: Math.floor(scope.now() / 1000),
  };
  await put(encodeLine({ is: 'header', header }));
  const seen = new Map<string, number>();
  const leftOut = new Map<string, number>();
  for (let round = 1; ; round += 1) {
    const known = new Set([...listed.keys(), ...seen.keys()].filter((name) => isWanted(scope, name)));
    const todo = [...known].filter((name) => seen.get(name) !== listed.get(name)?.version);
    let written = 0;
    let done = known.size - todo.length;
    // Lines are written one after the other, whichever history came first.
    let turn: Promise<void> = Promise.resolve();
    await aFewAtOnce(todo, AT_ONCE, async (name) => {
      checkCancelled(caller);
      const taken = await patiently(scope, caller, () =>
        take(scope, name, (part) => listed.has(part), options),
      );
      seen.set(name, taken.version);
      leftOut.set(name, taken.leftOut);
      turn = turn.then(async () => {
        done += 1;
        onProgress?.({ done, total: known.size });
        if (taken.record === undefined) return;
        const text = encodeLine({ is: 'record', record: taken.record });
        // A listing that lags is no change.
        if (counter.kept.get(recordKey(taken.record)) === lineDigest(text)) return;
        if (isNothing(taken.record) && !counter.kept.has(recordKey(taken.record))) return;
        counter.add(taken.record, text);
        written += 1;
        await put(text);
      });
      await turn;
    });
    if (round > 1 && written === 0) break;
    if (round > MAX_ROUNDS) throw restless(scope);
    listed = await list(scope, caller);
  }
  const [counts, sha256] = [counter.counts(), digest.hex()];
  await put(encodeLine({ is: 'end', counts, sha256 }));
  return { header, ...counts, sha256, leftOut: [...leftOut.values()].reduce((sum, count) => sum + count, 0) };
}

/** Everything below the path at home, waxseal's own too. */
function list(scope: VaultScope, caller?: AbortSignal): Promise<ReadonlyMap<string, StoredParameter>> {
  return patiently(scope, caller, async () => {
    const found = new Map<string, StoredParameter>();
    const signal = deadline(scope.timeout * LISTING, caller);
    for await (const stored of scope.home.parameters.list(scope.path, signal)) {
      // A value is not kept: a large vault does not fit into memory with all of them.
      const value = stored.name === scope.dataKeyName ? stored.value : '';
      found.set(stored.name, { ...stored, value });
    }
    return found;
  });
}

function kmsKeyOf(scope: VaultScope, stored: StoredParameter | undefined): string {
  return stored === undefined ? '' : parseDataKeyRecord(stored.value, scope.path).kmsKeyId;
}

const PIN = /^pinned\/([1-9]\d{0,14})$/;

/** Not the descriptor, which a deploy makes, nor parts, which go with the heads or entries that name them. */
function isWanted(scope: VaultScope, name: string): boolean {
  const own = ownName(scope, name);
  return own === undefined || own === 'data-key' || own === 'release' || PIN.test(own);
}

function ownName(scope: VaultScope, name: string): string | undefined {
  const folder = parameterName(scope.path, `${RESERVED_FOLDER}/`);
  return name.startsWith(folder) ? name.slice(folder.length) : undefined;
}

async function take(
  scope: VaultScope,
  name: string,
  isListed: (name: string) => boolean,
  options: BackupOptions,
): Promise<Taken> {
  const own = ownName(scope, name);
  if (own === undefined) return takeSecret(scope, name, isListed, options);
  const signal = deadline(scope.timeout, options.signal);
  const top = (await scope.home.parameters.read([name], signal)).get(name);
  if (top === undefined) return { record: undefined, version: 0, leftOut: 0 };
  const { version } = top;
  if (own === 'data-key') return { record: { is: own, text: top.value }, version, leftOut: 0 };
  const pin = Number(PIN.exec(own)?.[1] ?? 0);
  try {
    const release = await readRelease(scope, scope.home, signal, pin === 0 ? undefined : pin);
    wipe(release);
    if (release === undefined) return { record: undefined, version, leftOut: 0 };
    const parts = release.parts.map(({ text }) => text);
    return { record: { is: 'release', pin, head: release.text, parts }, version, leftOut: 0 };
  } catch (error) {
    if (!isIntegrityError(error) || options.verify !== false) throw error;
    return { record: undefined, version, leftOut: 1 };
  }
}

function isNothing(record: BackupRecord): boolean {
  return record.is === 'secret' && record.versions.length === 0;
}

function restless(scope: VaultScope): WaxsealError {
  return new WaxsealError('conflict', `${scope.path} kept changing while the backup was taken`, {
    hint: 'try again when its writers are done',
    region: scope.home.name,
  });
}
