/**
 * Writes test/vectors: one file each, one failure each, from fixed keys and salts. Nothing depends on the version
 * of zlib: what is deflated stands in vectors/deflated.ts as it came.
 * `--check` writes nothing and exits 1 when a file differs, is missing or is one too many; a path names another folder.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { vectors } from './vectors/base.ts';
import { sealedWrongly, wrappedWrongly } from './vectors/forged.ts';
import { malformedFields, malformedSpellings } from './vectors/malformed.ts';
import { whatOpens, whatOpensRewrapped } from './vectors/opens.ts';
import { records } from './vectors/records.ts';
import { misplaced, tampered } from './vectors/tampered.ts';

for (const group of [
  whatOpens,
  whatOpensRewrapped,
  malformedSpellings,
  malformedFields,
  misplaced,
  tampered,
  sealedWrongly,
  wrappedWrongly,
  records,
]) {
  group();
}

const check = process.argv.includes('--check');
const folder =
  process.argv.slice(2).find((argument) => !argument.startsWith('-')) ??
  join(import.meta.dirname, '..', 'test', 'vectors');
const wanted = new Map(
  [...vectors].map(([name, vector]) => [`${name}.json`, `${JSON.stringify(vector, null, 2)}\n`]),
);
mkdirSync(folder, { recursive: true });
const present = readdirSync(folder).filter((file) => file.endsWith('.json'));
const stale = present.filter((file) => !wanted.has(file));
const differing = [...wanted].filter(
  ([file, contents]) => !present.includes(file) || read(file) !== contents,
);

if (!check) {
  for (const file of stale) rmSync(join(folder, file));
  for (const [file, contents] of differing) writeFileSync(join(folder, file), contents);
  process.stdout.write(`${relative(process.cwd(), folder)}: ${wanted.size} vectors\n`);
} else if (stale.length + differing.length > 0) {
  const names = [...stale, ...differing.map(([file]) => file)].sort();
  process.stderr.write(`not what scripts/vectors.ts makes: ${names.join(', ')}\nhint: npm run vectors\n`);
  process.exitCode = 1;
}

function read(file: string): string {
  return readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n');
}
