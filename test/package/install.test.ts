/** The package as somebody else has it: installed from the tarball into an empty project. */
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ENV, NODE, pack, ROOT, temporaryFolder } from './support.ts';

const project = temporaryFolder();
const modules = join(project, 'node_modules');

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Ran {
  const options = { cwd: project, env: { ...ENV, ...env }, encoding: 'utf8', timeout: 120_000 } as const;
  return spawnSync(file, args, options);
}

beforeAll(() => {
  const { tarball } = pack(project);
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
  );
  const installed = run('npm', ['install', '--no-audit', '--no-fund', tarball]);
  expect(installed.status, installed.stderr).toBe(0);
});

/** All files below a folder. Links are files here: what they point to is counted where it stands. */
function* files(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

test('an installation is small, and holds nothing of the terminal app or of CDKTF', () => {
  const size = [...files(modules)].reduce((sum, file) => sum + lstatSync(file).size, 0);
  expect(size).toBeLessThan(30_000_000);
  const names = readdirSync(modules, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && /(^|[\\/])node_modules(?:[\\/]@[^\\/]+)?$/.test(entry.parentPath),
    )
    .map(({ name }) => name);
  expect(names).toContain('waxseal');
  for (const name of ['ink', 'react', 'cdktf', 'constructs', 'commander', '@cdktf', 'yoga-layout', 'yaml']) {
    expect(names).not.toContain(name);
  }
});

test('the installed command runs the demo, without a terminal', () => {
  const state = join(project, 'state');
  const { status, stdout, stderr } = run(join(modules, '.bin', 'waxseal'), ['demo'], {
    XDG_STATE_HOME: state,
  });
  expect(status, stderr).toBe(0);
  expect(stdout).toMatch(/^set .*revision 1/m);
  expect(stdout).toMatch(/^exec .*same value/m);
});

test('the entry points load, and export what they are for', () => {
  const script = `
    import { loadSecrets, openVault, sealEntry } from 'waxseal';
    import { WaxsealError, isWaxsealError } from 'waxseal/errors';
    import { startEmulator } from 'waxseal/emulator';
    import schema from 'waxseal/waxseal.schema.json' with { type: 'json' };
    const emulator = await startEmulator();
    await emulator.close();
    const error = await loadSecrets({ env: {}, cwd: '/' }).catch((error) => error);
    console.log(typeof openVault, typeof sealEntry, isWaxsealError(error), error instanceof WaxsealError, error.code, typeof schema.properties);`;
  const { status, stdout, stderr } = run(NODE, ['--input-type=module', '-e', script]);
  expect(status, stderr).toBe(0);
  expect(stdout).toBe('function function true true config_missing object\n');
  // ink and cdktf are not there: the constructs say so themselves, by the package that is missing.
  const constructs = run(NODE, ['--input-type=module', '-e', "import 'waxseal/constructs'"]);
  expect(constructs.status).not.toBe(0);
  expect(constructs.stderr).toContain('ERR_MODULE_NOT_FOUND');
});

test('the types are whole: a strict consumer checks them, libraries included', () => {
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
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
  const consumer = (wrong: string): string => `
    import { loadSecrets, openVault, type Listing, type Secrets } from 'waxseal';
    import { type ErrorCode, isWaxsealError } from 'waxseal/errors';
    import { type Emulator, startEmulator } from 'waxseal/emulator';
    import 'waxseal/register';
    const secrets: Secrets = await loadSecrets({ vault: '/acme/dev', allow: ['NODE_OPTIONS'] });
    const url: string | undefined = secrets['DATABASE_URL'];
    const emulator: Emulator = await startEmulator({ regions: ['us-east-1'] });
    const { vault, close } = await openVault({ env: { WAXSEAL_ENDPOINT: emulator.endpoint } });
    const listing: Listing = await vault.list();
    const code = (error: unknown): ErrorCode | undefined => isWaxsealError(error, 'not_found') ? error.code : undefined;
    console.log(url, listing.secrets[0]?.copies['us-east-1'], code(undefined), ${wrong});
    await close();`;
  const check = (wrong: string): Ran => {
    writeFileSync(join(project, 'consumer.ts'), consumer(wrong));
    return run(NODE, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', project]);
  };
  expect(check('0')).toMatchObject({ status: 0, stdout: '' });
  // Were the types missing, everything would be "any" and nothing wrong.
  const wrong = check('listing.secrets[0]?.value');
  expect(wrong.status).not.toBe(0);
  expect(wrong.stdout).toContain("Property 'value' does not exist");
});
