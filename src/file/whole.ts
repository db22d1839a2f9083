/** What is done with a header, or with a small file as a whole. */
import {
  checkFilePlace,
  contextPairs,
  encodeFileDocument,
  type FileHeader,
  parseFileHeader,
} from '../envelope/index.ts';
import { WaxsealError } from '../errors.ts';
import { handOut, openFileKey } from './keys.ts';
import { readHeader, seal } from './seal.ts';
import type { DecryptOptions, EncryptOptions, StreamKey, StreamVault } from './types.ts';

/** Opens the data key that stands in front of something sealed. */
export async function openKeyOf(
  sealed: Uint8Array,
  vault: StreamVault,
  { context = {}, signal }: Pick<DecryptOptions, 'context' | 'signal'>,
): Promise<StreamKey> {
  const { header } = await readHeader(only(sealed));
  const pairs = contextPairs(context);
  // Which name it was sealed under is the affair of whoever opens it.
  checkFilePlace(header.core, { vault: vault.vault.path, context: pairs, name: header.core.name });
  return handOut(await openFileKey(vault, header, pairs, signal));
}

/** Seals a value as one JSON document. @throws WaxsealError as `seal` does */
export async function sealDocument(
  value: Uint8Array,
  vault: StreamVault,
  options: EncryptOptions,
): Promise<string> {
  const parts: Uint8Array[] = [];
  let header: FileHeader | undefined;
  for await (const some of seal(values(value), vault, options)) {
    if (header === undefined) header = parseFileHeader(some[0] ?? new Uint8Array(0));
    else parts.push(...some);
  }
  if (header === undefined) throw new WaxsealError('unexpected', 'nothing was sealed');
  const { core, wrapping } = header;
  return encodeFileDocument({ core, wrapping, chunks: Buffer.concat(parts) });
}

async function* values(value: Uint8Array): AsyncGenerator<Uint8Array> {
  yield value;
}

function only(bytes: Uint8Array): AsyncIterator<Uint8Array> {
  return values(bytes);
}
