/** A sealed file under another KMS key, or under newer material of the same: nothing but its wrapping changes. */
import {
  BLOCK_BYTES,
  checkFilePlace,
  contextPairs,
  encodeFileDocument,
  encodeFileWrapping,
  type FileWrapping,
} from '../envelope/index.ts';
import { rewrapFileKey } from './keys.ts';
import type { StreamVault } from './types.ts';
import { readWhole } from './whole.ts';

/** What is to be written so that a file is under its new wrapping. */
export interface RewrapChange {
  /** As many bytes of its beginning as are replaced. */
  readonly before: Uint8Array;
  /** What stands there then. */
  readonly after: Uint8Array;
  /** Both are one block, which a disk writes at once: it may be written over where it stands. */
  readonly inPlace: boolean;
}

/** What a rewrap found and made. */
export interface FileRewrap {
  /** The bare id of the KMS key that it was under. */
  readonly from: string;
  /** The bare id of the KMS key that it is under then. */
  readonly to: string;
  /** Undefined when there is nothing to write. */
  readonly change: RewrapChange | undefined;
}

/**
 * Has KMS wrap a file's data key anew. The data key is shown to nobody, and the chunks are not looked at.
 * @param read - gives so many bytes of the file's beginning, or fewer where there are no more
 * @throws WaxsealError `malformed`, `misplaced`, `foreign_key`, `decrypt_failed`, and what KMS can answer
 */
export async function rewrapFile(
  read: (length: number) => Promise<Uint8Array>,
  from: StreamVault,
  how: {
    readonly context: Readonly<Record<string, string>>;
    /** The bare id of the KMS key to go under; undefined for the newest material of the same. */
    readonly to: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<FileRewrap> {
  const { to, signal } = how;
  const { header, chunks, bytes } = await readWhole(read);
  const { core, wrapping } = header;
  const context = contextPairs(how.context);
  // The name is for whoever opens it; KMS does not know it.
  checkFilePlace(core, { vault: from.vault.path, context, name: core.name });
  if (to === wrapping.kmsKeyId) return { from: to, to, change: undefined };
  const made = await rewrapFileKey(from, header, { context, to }, signal);
  const same = to === undefined && made.materialId !== undefined && made.materialId === made.sourceMaterialId;
  const next: FileWrapping = { wrappedKey: made.wrappedKey, kmsKeyId: made.kmsKeyId };
  return {
    from: wrapping.kmsKeyId,
    to: made.kmsKeyId,
    change: same ? undefined : changeTo(next),
  };

  function changeTo(after: FileWrapping): RewrapChange {
    if (chunks !== undefined) {
      const text = Buffer.from(encodeFileDocument({ core, wrapping: after, chunks }));
      return { before: bytes, after: text, inPlace: false };
    }
    const [old, line] = [encodeFileWrapping(wrapping), encodeFileWrapping(after)];
    const inPlace = old.byteLength === BLOCK_BYTES && line.byteLength === BLOCK_BYTES;
    return { before: old, after: line, inPlace };
  }
}
