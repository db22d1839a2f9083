/**
 * Writes test/vectors: one file each, one failure each, from fixed keys and salts. Nothing depends on the version
 * of zlib: what is deflated stands in vectors/deflated.ts as it came.
 * `--check` writes nothing and exits 1 when a file differs, is missing or is one too many; a path names another folder.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { vectors } from './vectors/base.ts';
import { files, fileVectors } from './vectors/files.ts';
import { sealedWrongly, wrappedWrongly } from './vectors/forged.ts';
import { large, largeVectors } from './vectors/large.ts';
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
  files,
  large,
]) {
  group();
}

const check = process.argv.includes('--check');
const folder =
  process.argv.slice(2).find((argument) => !argument.startsWith('-')) ??
  join(import.meta.dirname, '..', 'test', 'vectors');
const results = [
  compare(folder, vectors),
  compare(join(folder, 'file'), fileVectors),
  compare(join(folder, 'large'), largeVectors),
];
const wrong = results.flatMap(({ names }) => names);
if (check && wrong.length > 0) {
  process.stderr.write(`not what scripts/vectors.ts makes: ${wrong.join(', ')}\nhint: npm run vectors\n`);
  process.exitCode = 1;
}
if (!check) {
  const count = vectors.size + fileVectors.size + largeVectors.size;
  process.stdout.write(`${relative(process.cwd(), folder)}: ${count} vectors\n`);
}

/** Compares one folder with what it should hold and, unless that is all that was asked for, mends it. */
function compare(into: string, made: ReadonlyMap<string, object>): { readonly names: readonly string[] } {
  const wanted = new Map(
    [...made].map(([name, vector]) => [`${name}.json`, `${JSON.stringify(vector, null, 2)}\n`]),
  );
  mkdirSync(into, { recursive: true });
  const present = readdirSync(into).filter((file) => file.endsWith('.json'));
  const stale = present.filter((file) => !wanted.has(file));
  const differing = [...wanted].filter(
    ([file, contents]) => !present.includes(file) || read(join(into, file)) !== contents,
  );
  if (!check) {
    for (const file of stale) rmSync(join(into, file));
    for (const [file, contents] of differing) writeFileSync(join(into, file), contents);
  }
  return { names: [...stale, ...differing.map(([file]) => file)].sort() };
}

function read(file: string): string {
  return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
}
