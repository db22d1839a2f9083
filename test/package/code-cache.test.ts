/** What V8 made of the bundles that applications start with when they were built. */
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { ENV, NODE, ROOT, temporaryFolder } from './support.ts';

const DIST = join(ROOT, 'dist');
const CLI = join(DIST, 'cli');
const BUNDLES = [
  ['cli', 'exec.cjs'],
  ['start', 'start.cjs'],
] as const;

function cacheIn(folder: string, bundle = 'exec.cjs'): string {
  const name = readdirSync(folder).find((file) => file.startsWith(`${bundle}.`));
  if (name === undefined) throw new Error(`no code cache in ${folder}`);
  return join(folder, name);
}

/** Whether V8 takes a bundle's cache, in a process of its own: the flags of this one may be others. */
function isTaken(folder: string, bundle: string): boolean {
  const [, digest] = /\.cjs\.([0-9a-f]{16})\.v8-/.exec(cacheIn(folder, bundle)) ?? [];
  const code = `
    import { compile, readCodeCache } from ${JSON.stringify(join(ROOT, 'src', 'compiled.ts'))};
    const bundle = ${JSON.stringify(join(folder, bundle))};
    const cached = readCodeCache(bundle, ${JSON.stringify(digest)});
    process.stdout.write(String(cached !== undefined && compile(bundle, cached).cachedDataRejected === false));`;
  const args = ['--input-type=module', '--no-warnings', '-e', code];
  return execFileSync(NODE, args, { env: ENV, encoding: 'utf8' }) === 'true';
}

/** Runs exec in a folder without waxseal.json: how it ends shows that its code ran. */
function complaint(folder: string): string {
  try {
    const args = [join(folder, 'waxseal.cjs'), 'exec', '--', 'true'];
    execFileSync(NODE, args, { env: ENV, cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    return (error as { readonly stderr: string }).stderr;
  }
  throw new Error('it found a vault');
}

/** The same of an application that loads its secrets. */
function complaintOfStart(dist: string): string {
  const index = pathToFileURL(join(dist, 'start', 'index.js')).href;
  const code = `
    import { loadSecrets, WaxsealError } from ${JSON.stringify(index)};
    const error = await loadSecrets({ env: {}, cwd: '/' }).catch((error) => error);
    process.stdout.write(error instanceof WaxsealError ? error.code : 'it found a vault');`;
  return execFileSync(NODE, ['--input-type=module', '-e', code], { env: ENV, encoding: 'utf8' });
}

function copy(part: string): string {
  const folder = join(temporaryFolder(), part);
  cpSync(join(DIST, part), folder, { recursive: true });
  return folder;
}

test.each(BUNDLES)("V8 takes that of %s's %s", (part, bundle) => {
  expect(isTaken(join(DIST, part), bundle)).toBe(true);
});

test.each(BUNDLES)("that of %s's %s holds nothing of the machine that built it", (part, bundle) => {
  const bytes = readFileSync(cacheIn(join(DIST, part), bundle));
  for (const word of [ROOT, ENV.HOME ?? ROOT]) {
    expect(bytes.includes(word, 0, 'latin1'), word).toBe(false);
    expect(bytes.includes(word, 0, 'utf16le'), word).toBe(false);
  }
});

const SPOILT: readonly [string, (cache: string) => void][] = [
  ['whole', () => {}],
  ['cut off', (cache) => truncateSync(cache, 1000)],
  ['empty', (cache) => truncateSync(cache, 0)],
  ['of something else', (cache) => writeFileSync(cache, readFileSync(join(CLI, 'index.js')))],
  ['missing', (cache) => rmSync(cache)],
];

test.each(SPOILT)('exec starts with a cache that is %s', (_, spoil) => {
  const folder = copy('cli');
  spoil(cacheIn(folder));
  expect(complaint(folder)).toContain('[config_missing]');
});

test.each(SPOILT)('an application starts with a cache that is %s', (_, spoil) => {
  const folder = copy('start');
  spoil(cacheIn(folder, 'start.cjs'));
  expect(complaintOfStart(dirname(folder))).toBe('config_missing');
});
