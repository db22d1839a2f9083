/** Large secrets at the start of an application: which are loaded, what that costs, and what is said of the rest. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Emulator, startEmulator } from '../../src/emulator/index.ts';
import { type LoadOptions, loadSecrets, refreshSecrets, secretsOrigin } from '../../src/loader/index.ts';
import { openVault } from '../../src/open-vault.ts';
import { bytes, rejection } from '../support/world.ts';

const REGIONS = 'us-east-1,eu-west-1';
const VAULTS = ['/acme/dev', '/acme/other'] as const;

/** Text that compresses to about half: hexadecimal digits. */
const chain = (length: number): string => randomBytes(length / 2).toString('hex');

let emulator: Emulator;
let options: LoadOptions;
let dir: string;
let warnings: string[];

async function set(secrets: Readonly<Record<string, string>>, vault: string = VAULTS[0]): Promise<void> {
  const open = await openVault({ env: options.env, cwd: dir, vault });
  for (const [name, value] of Object.entries(secrets)) await open.vault.set(name, bytes(value));
  await open.vault.publish();
  await open.close();
}

/** The calls of a piece of work. */
async function calls(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = emulator.calls.length;
  await work();
  return emulator.calls
    .slice(before)
    .map(({ operation }) => operation)
    .toSorted();
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'waxseal-large-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const stateDir = join(dir, 'state');
  for (const vault of VAULTS) {
    const env = { WAXSEAL_REGIONS: REGIONS, WAXSEAL_VAULT: vault, WAXSEAL_EMBEDDED: stateDir };
    await (await openVault({ env, cwd: dir, create: true })).close();
  }
  emulator = await startEmulator({ stateDir });
  onTestFinished(() => emulator.close());
  const env = { WAXSEAL_REGIONS: REGIONS, WAXSEAL_VAULT: VAULTS[0], WAXSEAL_ENDPOINT: emulator.endpoint };
  warnings = [];
  options = { env, cwd: dir, onWarning: (message) => void warnings.push(message) };
});

describe('large secrets', () => {
  it('are left out, and one warning names them', async () => {
    await set({ A: '1', CHAIN: chain(20_000), 'tls/key': chain(9_000) });
    let secrets: object = {};
    const made = await calls(async () => {
      secrets = await loadSecrets(options);
    });
    expect(made).toEqual(['Decrypt', 'GetParameters']);
    expect(Object.keys(secrets)).toEqual(['A']);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('/acme/dev: CHAIN, tls/key');
    expect(warnings[0]).toContain('large: true');
    await set({ A: '2' });
    await refreshSecrets(secrets);
    expect(warnings).toHaveLength(1);
  });

  it('are all loaded with large: true, in a few calls more, which are explained', async () => {
    const value = chain(20_000);
    await set({ A: '1', CHAIN: value });
    const explained: string[] = [];
    const explain = (all: readonly { operation: string }[]): void =>
      void explained.push(...all.map(({ operation }) => operation));
    const secrets = await loadSecrets({ ...options, large: true, explain });
    // The release, its entry and its parts, and the data key.
    expect(explained.toSorted()).toEqual([
      'kms:Decrypt',
      'ssm:GetParameters',
      'ssm:GetParameters',
      'ssm:GetParameters',
    ]);
    expect(secrets).toEqual({ A: '1', CHAIN: value });
    expect(secretsOrigin(secrets)[0]).toMatchObject({ release: 1, fromLastKnownGood: false });
    expect(await refreshSecrets(secrets)).toBe(secrets);
    await set({ CHAIN: 'short' });
    expect(await refreshSecrets(secrets)).toEqual({ A: '1', CHAIN: 'short' });
    expect(warnings).toEqual([]);
  });

  it('are loaded where they are named, by their variables', async () => {
    const [first, second] = [chain(9_000), chain(9_000)];
    await set({ 'app/tls/chain': first, 'app/JSON': second, 'app/OTHER': chain(9_000), CHAIN: chain(9_000) });
    const secrets = await loadSecrets({
      ...options,
      prefix: 'app/',
      required: ['TLS_CHAIN'],
      optional: ['JSON', 'NOT_THERE'],
    });
    expect(secrets).toEqual({ TLS_CHAIN: first, JSON: second });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/app\/OTHER:/);
  });

  it('are nothing to warn of where that was decided', async () => {
    await set({ A: '1', CHAIN: chain(9_000) });
    expect(Object.keys(await loadSecrets({ ...options, large: false }))).toEqual(['A']);
    const slip = { ...options, large: 'yes' as unknown as boolean };
    expect((await rejection(loadSecrets(slip), 'usage')).message).toBe('"large" expected true or false');
    expect(Object.keys(await loadSecrets({ ...options, except: ['CHAIN'] }))).toEqual(['A']);
    expect(Object.keys(await loadSecrets({ ...options, except: ['CHAIN'], large: true }))).toEqual(['A']);
    const env = { ...options.env, WAXSEAL_LARGE: '0' };
    expect(Object.keys(await loadSecrets({ ...options, env }))).toEqual(['A']);
    expect(Object.keys(await loadSecrets({ ...options, env, required: ['CHAIN'] }))).toEqual(['A', 'CHAIN']);
    expect(warnings).toEqual([]);
    const error = await rejection(
      loadSecrets({ ...options, large: false, required: ['CHAIN'] }),
      'not_found',
    );
    expect(error.message).toContain('CHAIN');
    expect(error.message).toContain('large: false');
  });

  it('are loaded with WAXSEAL_LARGE=1, unless the application says otherwise', async () => {
    await set({ A: '1', CHAIN: chain(9_000) });
    const env = { ...options.env, WAXSEAL_LARGE: '1' };
    expect(Object.keys(await loadSecrets({ ...options, env }))).toEqual(['A', 'CHAIN']);
    expect(Object.keys(await loadSecrets({ ...options, env, large: false }))).toEqual(['A']);
    const wrong = { ...options.env, WAXSEAL_LARGE: 'yes' };
    await rejection(loadSecrets({ ...options, env: wrong }), 'config_invalid');
  });

  it('of a later vault leave nothing of an earlier one under their name, and the other way round', async () => {
    await set({ A: 'old', B: chain(9_000) });
    await set({ A: chain(9_000), B: 'new' }, VAULTS[1]);
    expect(await loadSecrets({ ...options, vault: VAULTS })).toEqual({ B: 'new' });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('/acme/other: A:');
  });

  it('are loaded without a release too, where entries are read', async () => {
    const value = chain(9_000);
    const open = await openVault({ env: options.env, cwd: dir });
    await open.vault.set('CHAIN', bytes(value));
    await open.vault.set('A', bytes('1'));
    await open.close();
    expect(await loadSecrets({ ...options, large: true })).toEqual({ A: '1', CHAIN: value });
    expect(await loadSecrets({ ...options, large: false })).toEqual({ A: '1' });
  });
});

describe('the last known good release', () => {
  const down = (): void => {
    for (const operation of ['GetParameters', 'GetParametersByPath']) {
      emulator.setFault({ region: '*', kind: 'down', operation });
    }
  };

  it('keeps the large ones that were loaded, sealed, whoever else shares the file', async () => {
    const value = chain(20_000);
    await set({ A: '1', CHAIN: value });
    const file = join(dir, 'good.json');
    const keeping: LoadOptions = { ...options, timeout: 3000, lastKnownGood: { file } };
    await loadSecrets({ ...keeping, large: true });
    const first = readFileSync(file, 'utf8');
    await loadSecrets({ ...keeping, large: false });
    expect(readFileSync(file, 'utf8')).toBe(first);
    expect(first).not.toContain(value.slice(0, 100));
    down();
    expect(await loadSecrets({ ...keeping, large: true })).toEqual({ A: '1', CHAIN: value });
    expect(await loadSecrets({ ...keeping, large: false })).toEqual({ A: '1' });

    // A part that was changed in it opens nothing.
    const kept = JSON.parse(first) as { large: Record<string, string> };
    const [name = ''] = Object.keys(kept.large).filter((one) => one.includes('/.waxseal/large/'));
    const text = kept.large[name] ?? '';
    kept.large[name] = `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
    writeFileSync(file, `${JSON.stringify(kept)}\n`, { mode: 0o600 });
    await rejection(loadSecrets({ ...keeping, large: true }), 'unreachable');
    expect(await loadSecrets({ ...keeping, large: false })).toEqual({ A: '1' });
  });

  it('is read where it was kept before there were large ones, and says what it lacks', async () => {
    await set({ A: '1', CHAIN: chain(20_000) });
    const file = join(dir, 'good.json');
    const keeping: LoadOptions = { ...options, timeout: 3000, lastKnownGood: { file } };
    await loadSecrets({ ...keeping, large: false });
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')))).toEqual(['wx', 'vault', 'head', 'parts']);
    down();
    expect(await loadSecrets({ ...keeping, large: false })).toEqual({ A: '1' });
    const error = await rejection(loadSecrets({ ...keeping, large: true }), 'unreachable');
    expect(error.message).toContain('CHAIN');
    expect(error.hint).toContain('the large secrets that the last start loaded');
  });
});
