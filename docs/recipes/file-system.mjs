// Files in a folder, each under a data key of its own. A file appears under its name when it is whole.
// Run: node docs/recipes/file-system.mjs, in a folder with a waxseal.json.
import assert from 'node:assert/strict';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { decryptStream, encryptStream, openVault } from 'waxseal';

/** Writes beside the place and renames at the end: a stream that fails half-way leaves nothing under the name. */
async function writeThrough(stream, path) {
  const beside = `${path}.partial`;
  try {
    await pipeline(stream, createWriteStream(beside, { flags: 'wx', mode: 0o600, flush: true }));
    await rename(beside, path);
  } finally {
    await rm(beside, { force: true });
  }
}

export const seal = (open, from, to, context) =>
  writeThrough(encryptStream(createReadStream(from), open, { context }), to);

export const unseal = (open, from, to, context) =>
  writeThrough(decryptStream(createReadStream(from), open, { context }), to);

const open = await openVault();
const folder = await mkdtemp(join(tmpdir(), 'recipe-'));
try {
  const [plain, sealed, again] = ['report.txt', 'report.txt.waxseal', 'again.txt'].map((name) =>
    join(folder, name),
  );
  await writeFile(plain, 'the quarterly report\n'.repeat(100_000));
  await seal(open, plain, sealed, { customer: '42' });
  await unseal(open, sealed, again, { customer: '42' });
  assert.deepEqual(await readFile(again), await readFile(plain));

  // What was cut off does not open, and nothing appears under the name.
  await writeFile(sealed, (await readFile(sealed)).subarray(0, 1_500_000));
  await assert.rejects(unseal(open, sealed, join(folder, 'cut.txt'), { customer: '42' }), {
    code: 'decrypt_failed',
  });
  await assert.rejects(readFile(join(folder, 'cut.txt')), { code: 'ENOENT' });
  console.log('files: ok');
} finally {
  await rm(folder, { recursive: true });
  await open.close();
}
