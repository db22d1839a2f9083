import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import * as v from 'valibot';
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { type LoadOptions, loadSecrets, refreshSecrets, secretsOrigin } from '../../src/loader/index.ts';
import { openVault } from '../../src/open-vault.ts';
import { bytes, rejection } from '../support/world.ts';

const HOME = 'us-east-1';
const BASE = { WAXSEAL_REGIONS: `${HOME},eu-west-1` };

interface Setup {
  readonly emulator: Emulator;
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Options that load from the emulator and say nothing. */
  readonly options: LoadOptions;
  set(secrets: Record<string, string>, vault?: string): Promise<void>;
}

/** An emulator with keys for two vaults. @param kind - how the loader finds it: an account's cache is used for neither */
async function setup(): Promise<Setup> {
  const dir = mkdtempSync(join(tmpdir(), 'waxseal-load-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const stateDir = join(dir, 'state');
  for (const vault of ['/acme/dev', '/acme/other']) {
    const env = { ...BASE, WAXSEAL_VAULT: vault, WAXSEAL_EMBEDDED: stateDir };
    await (await openVault({ env, cwd: dir, create: true })).close();
  }
  const emulator = await startEmulator({ stateDir });
  onTestFinished(() => emulator.close());
  const env = { ...BASE, WAXSEAL_VAULT: '/acme/dev', WAXSEAL_ENDPOINT: emulator.endpoint };
  return {
    emulator,
    dir,
    env,
    options: { env, cwd: dir, onWarning: () => {} },
    async set(secrets, vault = '/acme/dev') {
      const open = await openVault({ env, cwd: dir, vault });
      for (const [name, value] of Object.entries(secrets)) await open.vault.set(name, bytes(value));
      await open.vault.publish();
      await open.close();
    },
  };
}

function operations({ emulator }: Setup, from: number): readonly string[] {
  return emulator.calls.slice(from).map(({ operation }) => operation);
}

describe('loading', () => {
  it('takes one GetParameters and one Decrypt', async () => {
    const world = await setup();
    await world.set(Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`N_${i}`, `value ${i}`])));
    const before = world.emulator.calls.length;
    const secrets = await loadSecrets(world.options);
    expect(Object.keys(secrets)).toHaveLength(60);
    expect(secrets.N_7).toBe('value 7');
    expect(operations(world, before).toSorted()).toEqual(['Decrypt', 'GetParameters']);
  });

  it('calls at once share one load, and later ones do not', async () => {
    const world = await setup();
    await world.set({ A: '1' });
    const options: LoadOptions = { env: world.env, cwd: world.dir };
    const before = world.emulator.calls.length;
    const all = await Promise.all([loadSecrets(options), loadSecrets(options), loadSecrets({ ...options })]);
    expect(new Set(all).size).toBe(1);
    expect(operations(world, before)).toHaveLength(2);
    expect(await loadSecrets(options)).not.toBe(all[0]);
  });

  it('merges several vaults, the later over the earlier', async () => {
    const world = await setup();
    await world.set({ A: 'dev', B: 'dev' });
    await world.set({ B: 'other', C: 'other' }, '/acme/other');
    const one = await loadSecrets({ ...world.options, vault: ['/acme/dev', '/acme/other'] });
    expect({ A: one.A, B: one.B, C: one.C }).toEqual({ A: 'dev', B: 'other', C: 'other' });
    const two = await loadSecrets({ ...world.options, vault: ['/acme/other', '/acme/dev'] });
    expect(two.B).toBe('dev');
    await rejection(loadSecrets({ ...world.options, vault: [] }), 'usage');
  });

  it('takes what is below a prefix, without it', async () => {
    const world = await setup();
    await world.set({ 'smtp/password': 'p', 'smtp/user': 'u', OTHER: 'o' });
    const secrets = await loadSecrets({ ...world.options, prefix: 'smtp/' });
    expect(Object.keys(secrets).sort()).toEqual(['password', 'user']);
  });

  it('says once that there is no release', async () => {
    const world = await setup();
    const open = await openVault({ env: world.env, cwd: world.dir });
    await open.vault.set('A', bytes('entry'));
    await open.close();
    const said: string[] = [];
    const options = { ...world.options, onWarning: (message: string) => void said.push(message) };
    expect((await loadSecrets(options)).A).toBe('entry');
    await loadSecrets(options);
    expect(said).toEqual(['/acme/dev has no release, its entries were read one by one']);
    await rejection(loadSecrets({ ...options, floor: 1 }), 'release_missing');
  });
});

describe('what an application asks for', () => {
  it('names all that is missing', async () => {
    const world = await setup();
    await world.set({ A: '1' });
    const error = await rejection(loadSecrets({ ...world.options, required: ['A', 'B', 'C'] }), 'not_found');
    expect(error.message).toBe('B, C are not in the vault');
    const secrets = await loadSecrets({ ...world.options, required: ['A'], optional: ['D'] });
    expectTypeOf(secrets.A).toEqualTypeOf<string>();
    expectTypeOf(secrets.D).toEqualTypeOf<string | undefined>();
    expect(secrets.D).toBeUndefined();
  });

  it('coerces by a schema, typed and redacted', async () => {
    const world = await setup();
    await world.set({ PORT: '5432', URL: 'postgres://planted-q7' });
    const schema = v.object({ PORT: v.pipe(v.string(), v.transform(Number)), URL: v.string() });
    const secrets = await loadSecrets({ ...world.options, schema });
    expectTypeOf(secrets.PORT).toEqualTypeOf<number>();
    expect(secrets.PORT + 1).toBe(5433);
    for (const shown of [inspect(secrets), JSON.stringify(secrets), `${String(secrets)}`]) {
      expect(shown).not.toContain('planted');
      expect(shown).not.toContain('5432');
    }
  });

  it('lists every problem and never a value', async () => {
    const world = await setup();
    await world.set({ PORT: 'planted-port', MODE: 'planted-mode', LONG: 'x' });
    const schema = v.object({
      PORT: v.pipe(v.string(), v.regex(/^\d+$/)),
      MODE: v.picklist(['a', 'b']),
      MISSING: v.string(),
      LONG: v.pipe(v.string(), v.minLength(3, 'must be longer')),
    });
    const error = await rejection(loadSecrets({ ...world.options, schema }), 'secrets_invalid');
    expect(error.message).not.toContain('planted');
    expect(inspect(error, { depth: 9 })).not.toContain('planted');
    expect(
      error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(':')[0])
        .sort(),
    ).toEqual(['LONG', 'MISSING', 'MODE', 'PORT']);
    expect(error.message).toContain('LONG: must be longer');
    expect(error.message).toContain('MISSING: is missing');
  });
});

describe('refreshing', () => {
  it('is one call and the same object while nothing was published, and a new one after', async () => {
    const world = await setup();
    await world.set({ A: '1' });
    const secrets = await loadSecrets(world.options);
    const before = world.emulator.calls.length;
    expect(await refreshSecrets(secrets)).toBe(secrets);
    expect(operations(world, before)).toEqual(['GetParameters']);
    await world.set({ A: '2' });
    const next = await refreshSecrets(secrets);
    expect([secrets.A, next.A]).toEqual(['1', '2']);
    await rejection(refreshSecrets({ A: '1' }), 'usage');
  });

  it('asks a home that is gone once, and says where the secrets came from and how old they are', async () => {
    const world = await setup();
    const before = Date.now();
    await world.set({ A: '1' });
    const asked: string[] = [];
    const said: string[] = [];
    const options: LoadOptions = {
      ...world.options,
      observe: ({ region }) => void asked.push(region),
      onWarning: (message) => void said.push(message),
    };
    const atHome = await loadSecrets(options);
    expect(secretsOrigin(atHome)).toMatchObject([{ vault: '/acme/dev', region: HOME, release: 1 }]);
    expect(said).toEqual([]);
    world.emulator.setFault({ region: HOME, kind: 'down' });
    const secrets = await loadSecrets(options);
    const [origin] = secretsOrigin(secrets);
    expect(origin).toMatchObject({ region: 'eu-west-1', release: 1, fromLastKnownGood: false });
    expect(Math.abs((origin?.publishedAt ?? 0) - before)).toBeLessThan(60_000);
    expect(said).toEqual([
      expect.stringMatching(
        /^\/acme\/dev was answered by eu-west-1, us-east-1 did not: release 1, published \d{4}-/,
      ),
    ]);
    asked.length = 0;
    for (let n = 0; n < 5; n += 1) expect(await refreshSecrets(secrets)).toBe(secrets);
    expect(asked).toEqual(Array.from({ length: 5 }, () => 'eu-west-1'));
    await rejection(new Promise((resolve) => resolve(secretsOrigin({}))), 'usage');
  });
});

describe('the last known good release', () => {
  it('serves when Parameter Store fails in all regions, and is sealed', async () => {
    const world = await setup();
    await world.set(
      Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`N_${i}`, `planted ${i} ${Math.random()}`])),
    );
    const file = join(world.dir, 'cache', 'good.json');
    const said: string[] = [];
    const options: LoadOptions = {
      ...world.options,
      timeout: 3000,
      lastKnownGood: { file },
      onWarning: (message) => void said.push(message),
    };
    const good = await loadSecrets(options);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'latin1')).not.toContain('planted');
    for (const operation of ['GetParameters', 'GetParametersByPath']) {
      world.emulator.setFault({ region: '*', kind: 'down', operation });
    }
    const kept = await loadSecrets(options);
    expect(kept.N_7).toBe(good.N_7);
    expect(said).toEqual(['Parameter Store failed: /acme/dev is the last known good release 1']);
    // KMS still decides: without it nothing opens.
    world.emulator.setFault({
      region: '*',
      kind: 'error',
      code: 'AccessDeniedException',
      operation: 'Decrypt',
    });
    await rejection(loadSecrets(options), 'unreachable');
  });

  it('is not used for anything but an outage, nor when it is too old, somebody else’s, or forged', async () => {
    const world = await setup();
    await world.set({ A: '1' });
    const file = join(world.dir, 'good.json');
    const options: LoadOptions = { ...world.options, timeout: 3000, lastKnownGood: { file } };
    await loadSecrets(options);
    world.emulator.setFault({
      region: '*',
      kind: 'error',
      code: 'AccessDeniedException',
      operation: 'GetParameters',
    });
    await rejection(loadSecrets(options), 'denied');
    world.emulator.clearFaults();
    world.emulator.setFault({ region: '*', kind: 'down', operation: 'GetParameters' });
    expect((await loadSecrets(options)).A).toBe('1');
    const late = await rejection(
      loadSecrets({ ...options, lastKnownGood: { file, maxAge: -1000 } }),
      'unreachable',
    );
    expect(late.message).toMatch(/published .* ago, .* are allowed/);
    chmodSync(file, 0o666);
    await rejection(loadSecrets(options), 'unreachable');
    chmodSync(file, 0o600);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"vault":"/acme/dev"', '"vault":"/acme/other"'));
    await rejection(loadSecrets(options), 'unreachable');
    writeFileSync(file, '{');
    await rejection(loadSecrets(options), 'unreachable');
  });
});

describe('what the last start saw', () => {
  it('is remembered beside the embedded AWS: nothing older is taken, and entries do not take its place', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'waxseal-seen-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const stateDir = join(dir, 'state');
    const env = { ...BASE, WAXSEAL_VAULT: '/acme/dev', WAXSEAL_EMBEDDED: stateDir };
    const options: LoadOptions = { env, cwd: dir, onWarning: () => {} };
    const open = await openVault({ env, cwd: dir, create: true });
    await open.vault.set('A', bytes('1'));
    await open.vault.publish();
    await open.close();
    await loadSecrets(options);
    const [name = ''] = readdirSync(join(stateDir, 'seen'));
    const file = join(stateDir, 'seen', name);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ release: 1 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    // As if a later release had been seen before.
    const seen = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...seen, release: 2 }), { mode: 0o600 });
    await rejection(loadSecrets(options), 'release_too_old');
    // Rewrapped since then: under another KMS key, and still the same vault.
    writeFileSync(file, JSON.stringify({ ...seen, release: 2, kms: 'mrk-of-before' }), { mode: 0o600 });
    await rejection(loadSecrets(options), 'release_too_old');
    const anew = { kms: 'mrk-of-a-vault-before', dk: '1.1000000000.0123456789abcdef' };
    writeFileSync(file, JSON.stringify({ ...seen, release: 2, ...anew }), { mode: 0o600 });
    expect((await loadSecrets(options)).A).toBe('1');
    writeFileSync(file, 'not JSON', { mode: 0o600 });
    expect((await loadSecrets(options)).A).toBe('1');
    rmSync(join(stateDir, 'seen'), { recursive: true });
    expect((await loadSecrets({ ...options, env: { ...env, WAXSEAL_CACHE: '0' } })).A).toBe('1');
    expect(existsSync(join(stateDir, 'seen'))).toBe(false);
  });

  it('are also the regions that failed, so that the next starts do not wait for them', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'waxseal-seen-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const stateDir = join(dir, 'state');
    const env = { ...BASE, WAXSEAL_VAULT: '/acme/dev', WAXSEAL_EMBEDDED: stateDir };
    const emulator = await startedWith(env, dir, stateDir);
    const asked: string[] = [];
    const options: LoadOptions = {
      env,
      cwd: dir,
      onWarning: () => {},
      observe: ({ region }) => void asked.push(region),
    };
    /** The regions that a start asks. */
    const start = async (): Promise<readonly string[]> => {
      asked.length = 0;
      expect((await loadSecrets(options)).A).toBe('1');
      return [...new Set(asked)].toSorted();
    };
    expect(await start()).toEqual([HOME]);
    const [name = ''] = readdirSync(join(stateDir, 'seen'));
    const file = join(stateDir, 'seen', name);
    const remembered = (): { failed?: Record<string, number> } => JSON.parse(readFileSync(file, 'utf8'));
    expect(remembered()).not.toHaveProperty('failed');

    emulator.setFault({ region: HOME, kind: 'down' });
    expect(await start()).toEqual(['eu-west-1', HOME]);
    const { failed = {} } = remembered();
    expect(Object.keys(failed)).toEqual([HOME]);
    for (let n = 0; n < 3; n += 1) expect(await start()).toEqual(['eu-west-1']);
    expect(remembered().failed).toEqual(failed);

    const later = { ...remembered(), failed: { [HOME]: (failed[HOME] ?? 0) - 30_000 } };
    writeFileSync(file, JSON.stringify(later), { mode: 0o600 });
    expect(await start()).toEqual(['eu-west-1', HOME]);
    emulator.clearFaults();
    writeFileSync(file, JSON.stringify(later), { mode: 0o600 });
    expect(await start()).toEqual([HOME]);
    expect(remembered()).not.toHaveProperty('failed');
    writeFileSync(file, JSON.stringify({ ...remembered(), failed: 'nonsense' }), { mode: 0o600 });
    expect(await start()).toEqual([HOME]);
  });
});

/** An emulator that owns a state folder with one published secret. */
async function startedWith(env: Record<string, string>, cwd: string, stateDir: string): Promise<Emulator> {
  const open = await openVault({ env, cwd, create: true });
  await open.vault.set('A', bytes('1'));
  await open.vault.publish();
  await open.close();
  const emulator = await startEmulator({ stateDir });
  onTestFinished(() => emulator.close());
  return emulator;
}
