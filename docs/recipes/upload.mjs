// An upload in parts, such as S3's, and a download that is checked as it comes. Nothing is held but a part.
// Run: node docs/recipes/upload.mjs, in a folder with a waxseal.json.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { decryptStream, encryptStream, openVault } from 'waxseal';

/** S3 takes no part below 5 MiB but the last. */
const PART_BYTES = 5 * 1024 * 1024;

/** Stands for the store: an upload is there when it is completed, and not before. */
const store = new Map();
const startUpload = () => {
  const parts = [];
  return {
    part: async (number, bytes) => void parts.splice(number, 1, bytes),
    complete: async (name) => void store.set(name, parts),
  };
};
async function* download(name) {
  yield* store.get(name);
}

/** Cuts a stream into parts of one size. */
async function* inParts(stream, size) {
  let held = [];
  let length = 0;
  for await (const piece of stream) {
    held.push(piece);
    length += piece.byteLength;
    while (length >= size) {
      const all = Buffer.concat(held);
      yield all.subarray(0, size);
      held = [all.subarray(size)];
      length -= size;
    }
  }
  if (length > 0) yield Buffer.concat(held);
}

export async function upload(open, source, name) {
  const sending = startUpload();
  let number = 0;
  // An error leaves the upload as it is, never completed: abort it then, where the store wants that said.
  for await (const part of inParts(encryptStream(source, open, { context: { object: name } }), PART_BYTES)) {
    await sending.part(number++, part);
  }
  await sending.complete(name);
  return number;
}

/** A Web stream, as `fetch` gives one and `new Response(…)` takes one. */
export const downloaded = (open, name) =>
  decryptStream(ReadableStream.from(download(name)), open, { context: { object: name } });

const open = await openVault();
try {
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  const sent = createHash('sha256');
  async function* source() {
    for (let i = 0; i < 12; i += 1) {
      sent.update(megabyte);
      yield megabyte;
    }
  }
  assert.equal(await upload(open, source(), 'backups/1'), 3);
  const came = createHash('sha256');
  for await (const piece of downloaded(open, 'backups/1')) came.update(piece);
  assert.equal(came.digest('hex'), sent.digest('hex'));

  // A part that is missing, or in another's place, is met when the download comes to it.
  const [first, second, third] = store.get('backups/1');
  store.set('backups/1', [second, first, third]);
  await assert.rejects(downloaded(open, 'backups/1').getReader().read(), { code: 'malformed' });
  store.set('backups/1', [first, second]);
  await assert.rejects(Array.fromAsync(downloaded(open, 'backups/1')), { code: 'decrypt_failed' });
  console.log('upload: ok');
} finally {
  await open.close();
}
