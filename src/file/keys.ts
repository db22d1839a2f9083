/** Data keys of files: made and opened by the KMS of the first region that answers. */
import { randomBytes } from 'node:crypto';
import {
  type ContextPair,
  contextPairs,
  DATA_KEY_BYTES,
  type FileHeader,
  type FileKey,
  type FileWrapping,
  fileEncryptionContext,
  formatFileKeyId,
} from '../envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../errors.ts';
import { checkCancelled, deadline } from '../vault/deadline.ts';
import type { KeyWrapper, RewrappedKey } from '../vault/index.ts';
import type { StreamKey, StreamVault } from './types.ts';

/** A data key in the clear, with all that is known of it. */
export interface OpenFileKey {
  readonly dataKey: FileKey;
  readonly wrapping: FileWrapping;
  readonly vault: string;
  readonly context: readonly ContextPair[];
}

/** How long one region's KMS may take, in ms. */
const TIMEOUT = 10_000;

/** What is behind the keys that were handed out; nothing of it is in the object itself. */
const open = new WeakMap<StreamKey, OpenFileKey>();
const closed = new WeakSet<StreamKey>();

/** Has KMS make a data key, wrapped under the vault's KMS key. @throws WaxsealError `usage`, and what KMS can answer */
export async function makeFileKey(
  from: StreamVault,
  context: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<OpenFileKey> {
  const vault = from.vault.path;
  const pairs = contextPairs(context);
  const id = { createdAt: Math.floor(Date.now() / 1000), random: randomBytes(8).toString('hex') };
  const kmsContext = fileEncryptionContext(vault, id, pairs);
  const made = await firstToAnswer(from, (keys, limit) => keys.generate(kmsContext, limit), signal);
  checkLength(made.plaintext);
  const { wrappedKey, kmsKeyId, plaintext } = made;
  return { dataKey: { id, key: plaintext }, wrapping: { wrappedKey, kmsKeyId }, vault, context: pairs };
}

/**
 * Has KMS open the data key that a header holds, for what was asked for: the header's own vault and context are not
 * used.
 * @throws WaxsealError `foreign_key`, `decrypt_failed`, `malformed`, and what else KMS can answer
 */
export async function openFileKey(
  from: StreamVault,
  { core, wrapping }: FileHeader,
  context: readonly ContextPair[],
  signal?: AbortSignal,
): Promise<OpenFileKey> {
  const vault = from.vault.path;
  const kmsContext = fileEncryptionContext(vault, core.dataKeyId, context);
  const ask = (keys: KeyWrapper, limit: AbortSignal) => keys.unwrap(wrapping.wrappedKey, kmsContext, limit);
  const { plaintext, kmsKeyId } = await firstToAnswer(from, ask, signal);
  if (kmsKeyId !== wrapping.kmsKeyId) {
    plaintext.fill(0);
    throw otherKey(wrapping.kmsKeyId);
  }
  checkLength(plaintext);
  return { dataKey: { id: core.dataKeyId, key: plaintext }, wrapping, vault, context };
}

/** Has KMS wrap a header's data key anew; it is shown to nobody. @throws WaxsealError as {@link openFileKey} */
export async function rewrapFileKey(
  from: StreamVault,
  { core, wrapping }: FileHeader,
  { context, to }: { readonly context: readonly ContextPair[]; readonly to: string | undefined },
  signal?: AbortSignal,
): Promise<RewrappedKey> {
  const kmsContext = fileEncryptionContext(from.vault.path, core.dataKeyId, context);
  const ask = (keys: KeyWrapper, limit: AbortSignal) =>
    keys.rewrap(wrapping.wrappedKey, kmsContext, { to }, limit);
  const rewrapped = await firstToAnswer(from, ask, signal);
  if (rewrapped.sourceKmsKeyId !== wrapping.kmsKeyId) throw otherKey(wrapping.kmsKeyId);
  return rewrapped;
}

/** What is given out of an open data key. */
export function handOut(key: OpenFileKey): StreamKey {
  const handle: StreamKey = {
    id: formatFileKeyId(key.dataKey.id),
    close() {
      closed.add(handle);
      key.dataKey.key.fill(0);
    },
  };
  open.set(handle, key);
  return handle;
}

/** What is behind a key that was given out. @throws WaxsealError `cancelled` when it was closed, `usage` */
export function takeBack(handle: StreamKey): OpenFileKey {
  const key = open.get(handle);
  if (key === undefined) throw new WaxsealError('usage', 'that is no key of makeStreamKey or openStreamKey');
  if (closed.has(handle)) throw new WaxsealError('cancelled', 'the data key was closed');
  return key;
}

/** The wrapped key opens in every region of the vault, so that the next one is asked where one does not answer. */
async function firstToAnswer<T>(
  { connection }: StreamVault,
  ask: (keys: KeyWrapper, limit: AbortSignal) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  let failure: unknown;
  for (const { keys } of connection.regions) {
    checkCancelled(signal);
    try {
      return await ask(keys, deadline(TIMEOUT, signal));
    } catch (error) {
      checkCancelled(signal);
      if (!isWaxsealError(error, 'unreachable', 'timeout', 'throttled')) throw error;
      failure = error;
    }
  }
  throw failure ?? new WaxsealError('usage', 'the vault has no region');
}

function checkLength(plaintext: Uint8Array): void {
  if (plaintext.byteLength === DATA_KEY_BYTES) return;
  plaintext.fill(0);
  throw new WaxsealError('malformed', `the data key is not ${DATA_KEY_BYTES} bytes long`);
}

function otherKey(named: string): WaxsealError {
  return new WaxsealError('foreign_key', `it says that KMS key ${named} wrapped it, and another key did`, {
    hint: 'somebody changed its header',
  });
}
