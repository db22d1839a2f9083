/** The package inside a function that is started once and called often: as a module's init, and as `--import`. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { EXIT_STATUS } from '../../src/errors.ts';
import { openVault } from '../../src/open-vault.ts';
import { ENV, NODE, pack, ROOT, temporaryFolder } from './support.ts';

const project = temporaryFolder();
/** A function's own folder, in which nothing is installed. */
const task = temporaryFolder();
const modules = join(project, 'node_modules');
const VALUES = { DATABASE_URL: 'postgres://hidden', PORT: '8080' };

interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

let emulator: Emulator;
let variables: Readonly<Record<string, string>>;

/** Runs a file of the project under the checkout's Node, which the emulator in this process answers meanwhile. */
function run(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const child = spawn(NODE, args, { cwd, env: { ...ENV, ...variables, ...env }, timeout: 60_000 });
  const told = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told.err += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...told }));
  });
}

/** What was asked of AWS while `work` ran. */
async function askedBy(work: () => Promise<Ran>): Promise<readonly [Ran, readonly string[]]> {
  const before = emulator.calls.length;
  const ran = await work();
  return [ran, emulator.calls.slice(before).map(({ operation }) => operation)];
}

beforeAll(async () => {
  const { tarball } = pack(project);
  const manifest = { name: 'function', private: true, type: 'module' };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  const args = ['install', '--no-audit', '--no-fund', tarball];
  const installed = spawnSync('npm', args, { cwd: project, env: ENV, encoding: 'utf8', timeout: 120_000 });
  expect(installed.status, installed.stderr).toBe(0);

  const stateDir = join(project, 'state');
  const vault = { WAXSEAL_VAULT: '/acme/dev', WAXSEAL_REGIONS: 'us-east-1,eu-west-1' };
  const env = { ...vault, WAXSEAL_EMBEDDED: stateDir };
  const open = await openVault({ env, cwd: project, create: true });
  for (const [name, value] of Object.entries(VALUES)) await open.vault.set(name, Buffer.from(value));
  await open.vault.publish();
  await open.close();
  emulator = await startEmulator({ stateDir });
  variables = { ...vault, WAXSEAL_ENDPOINT: emulator.endpoint };
});
afterAll(() => emulator.close());

test('a handler that loads at init has its secrets; calls at once that load again share one load', async () => {
  writeFileSync(
    join(project, 'handler.mjs'),
    `import { loadSecrets } from 'waxseal';
    const secrets = await loadSecrets({ required: ['DATABASE_URL'] });
    export async function handler({ again }) {
      if (!again) return secrets.DATABASE_URL;
      const { DATABASE_URL } = await loadSecrets({ required: ['DATABASE_URL'] });
      return DATABASE_URL;
    }`,
  );
  writeFileSync(
    join(project, 'runtime.mjs'),
    `const [, , times, again] = process.argv;
    const { handler } = await import('./handler.mjs');
    const events = Array.from({ length: Number(times) }, () => ({ again: again === 'again' }));
    const answers = await Promise.all(events.map((event) => handler(event)));
    console.log(JSON.stringify([answers.length, ...new Set(answers)]));`,
  );
  const told = (count: number): string => `${JSON.stringify([count, VALUES.DATABASE_URL])}\n`;

  const [warm, atInit] = await askedBy(() => run(project, ['runtime.mjs', '100']));
  expect(warm).toEqual({ status: 0, out: told(100), err: '' });
  expect(atInit).toEqual(['GetParameters', 'Decrypt']);

  const [loading, shared] = await askedBy(() => run(project, ['runtime.mjs', '100', 'again']));
  expect(loading).toEqual({ status: 0, out: told(100), err: '' });
  expect(shared).toEqual(['GetParameters', 'Decrypt', 'GetParameters', 'Decrypt']);
});

test('bundled into one file, which is all that a function has, it loads; Node by itself takes the start bundle', async () => {
  const { outputs } = await build({
    absWorkingDir: project,
    entryPoints: ['handler.mjs'],
    outfile: join(task, 'bundle', 'handler.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    metafile: true,
    // CommonJS packages inside an ES module ask for it.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  }).then(({ metafile }) => metafile);
  const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs));
  const ours = inputs.filter((input) => input.startsWith('node_modules/waxseal/'));
  expect(ours.length).toBeGreaterThan(5);
  expect(ours.filter((input) => !input.startsWith('node_modules/waxseal/dist/src/'))).toEqual([]);
  writeFileSync(
    join(task, 'bundle', 'run.mjs'),
    "console.log(await (await import('./handler.mjs')).handler({}));",
  );
  const [ran, asked] = await askedBy(() => run(join(task, 'bundle'), ['run.mjs']));
  expect(ran).toEqual({ status: 0, out: `${VALUES.DATABASE_URL}\n`, err: '' });
  expect(asked).toEqual(['GetParameters', 'Decrypt']);

  const resolve = "console.log(['waxseal', 'waxseal/register'].map(import.meta.resolve).join(' '))";
  const { out } = await run(project, ['--input-type=module', '-e', resolve]);
  expect(out).toMatch(/dist\/start\/index\.js .*dist\/start\/register\.js\n$/);
});

test('from a layer, by NODE_OPTIONS: a function that has not installed it finds process.env', async () => {
  writeFileSync(
    join(task, 'handler.mjs'),
    'const { DATABASE_URL, PORT } = process.env; console.log(JSON.stringify({ DATABASE_URL, PORT }));',
  );
  const register = pathToFileURL(join(modules, 'waxseal', 'dist', 'start', 'register.js'));
  const NODE_OPTIONS = `--import=${register.href}`;
  const [ended, asked] = await askedBy(() => run(task, ['handler.mjs'], { NODE_OPTIONS }));
  expect(ended).toEqual({ status: 0, out: `${JSON.stringify(VALUES)}\n`, err: '' });
  expect(asked).toEqual(['GetParameters', 'Decrypt']);

  const explained = await run(task, ['handler.mjs'], { NODE_OPTIONS, WAXSEAL_EXPLAIN: '1' });
  expect(explained.out).toBe(ended.out);
  expect(explained.err).toMatch(/^explain \/acme\/dev: 2 calls in [\d.]+ ms · lean client /m);

  const without = await run(task, ['handler.mjs'], { NODE_OPTIONS, WAXSEAL_VAULT: '/acme/none' });
  expect(without).toMatchObject({ status: EXIT_STATUS.vault_unknown, out: '' });
});

test('the types of what is loaded follow from required, optional and schema', () => {
  mkdirSync(join(modules, '@types'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules', '@types', 'node'), join(modules, '@types', 'node'));
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023'],
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['handler.ts'] }));
  const consumer = (wrong: string): string => `
    import { loadSecrets, type ObservedCall, refreshSecrets, type StandardSchema } from 'waxseal';
    declare const schema: StandardSchema<{ readonly PORT: number }>;
    const told: ObservedCall[] = [];
    const some = await loadSecrets({ required: ['DATABASE_URL'], optional: ['CACHE_URL'] });
    const url: string = some.DATABASE_URL;
    const cache: string | undefined = some.CACHE_URL;
    const parsed = await loadSecrets({ schema, explain: (calls) => void told.push(...calls) });
    const port: number = parsed.PORT;
    const any: string | undefined = (await loadSecrets({ explain: true }))['ANY'];
    const fresh: typeof some = await refreshSecrets(some);
    const wrong: unknown = ${wrong};
    export const handler = async (): Promise<readonly unknown[]> => [url, cache, port, any, fresh, wrong, told];`;
  const check = (wrong: string): string => {
    writeFileSync(join(project, 'handler.ts'), consumer(wrong));
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = spawnSync(NODE, [tsc, '-p', project], { env: ENV, encoding: 'utf8', timeout: 60_000 });
    return stdout;
  };
  expect(check('0')).toBe('');
  // Were the types missing, everything would be "any" and nothing wrong.
  const said = check('[some.OTHER, some.CACHE_URL.length, parsed.PORT.trim(), told[0]?.names]');
  for (const why of [
    "Property 'OTHER' does not exist",
    "'some.CACHE_URL' is possibly 'undefined'",
    "Property 'trim' does not exist on type 'number'",
    "Property 'names' does not exist",
  ]) {
    expect(said).toContain(why);
  }
  expect(said.match(/error TS/g)).toHaveLength(4);
});
