/** What V8 made of exec.cjs when it was built. */
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENV, NODE, ROOT, temporaryFolder } from './support.ts';

const CLI = join(ROOT, 'dist', 'cli');

function cacheIn(folder: string): string {
  const name = readdirSync(folder).find((file) => file.startsWith('exec.cjs.'));
  if (name === undefined) throw new Error(`no code cache in ${folder}`);
  return join(folder, name);
}

/** Whether V8 takes a cache for a bundle, in a process of its own: the flags of this one may be others. */
function isTaken(folder: string): boolean {
  const cache = cacheIn(folder);
  const [, digest] = /exec\.cjs\.([0-9a-f]{16})\.v8-/.exec(cache) ?? [];
  const code = `
    import { compile, readCodeCache } from ${JSON.stringify(join(ROOT, 'cli', 'compiled.ts'))};
    const bundle = ${JSON.stringify(join(folder, 'exec.cjs'))};
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

function copy(): string {
  const folder = join(temporaryFolder(), 'cli');
  cpSync(CLI, folder, { recursive: true });
  return folder;
}

test('V8 takes it', () => {
  expect(isTaken(CLI)).toBe(true);
});

test('it holds nothing of the machine that built it', () => {
  const bytes = readFileSync(cacheIn(CLI));
  for (const word of [ROOT, ENV.HOME ?? ROOT]) {
    expect(bytes.includes(word, 0, 'latin1'), word).toBe(false);
    expect(bytes.includes(word, 0, 'utf16le'), word).toBe(false);
  }
});

test.each([
  ['whole', () => {}],
  ['cut off', (cache: string) => truncateSync(cache, 1000)],
  ['empty', (cache: string) => truncateSync(cache, 0)],
  ['of something else', (cache: string) => writeFileSync(cache, readFileSync(join(CLI, 'index.js')))],
])('exec starts with a cache that is %s', (_, spoil) => {
  const folder = copy();
  spoil(cacheIn(folder));
  expect(complaint(folder)).toContain('[config_missing]');
});
