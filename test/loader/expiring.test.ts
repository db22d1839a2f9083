/** What a start says and does about secrets that expire. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type ExpiringSecret,
  type LoadOptions,
  loadSecrets,
  refreshSecrets,
} from '../../src/loader/index.ts';
import { openVault } from '../../src/open-vault.ts';
import { bytes, rejection } from '../support/world.ts';

const DAY = 86_400_000;
/** In whole seconds, as a vault seals it. */
const NOW = Math.floor(Date.now() / 1000) * 1000;

/** A secret's expiry, in ms from now; undefined for never. */
type Secrets = Readonly<Record<string, number | undefined>>;

interface Place {
  readonly options: LoadOptions;
  readonly said: string[];
  readonly told: (readonly ExpiringSecret[])[];
  set(secrets: Secrets, how?: { readonly vault?: string; readonly publish?: boolean }): Promise<void>;
}

/** Names are each test's own: the same secrets are warned of once a process. */
let places = 0;

function place(): Place & { readonly name: (short: string) => string } {
  const dir = mkdtempSync(join(tmpdir(), 'waxseal-expiring-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  places += 1;
  const own = places;
  const env = {
    WAXSEAL_REGIONS: 'us-east-1',
    WAXSEAL_VAULT: '/acme/dev',
    WAXSEAL_EMBEDDED: join(dir, 'state'),
  };
  const said: string[] = [];
  const told: (readonly ExpiringSecret[])[] = [];
  return {
    options: {
      env,
      cwd: dir,
      onWarning: (message) => void said.push(message),
      onExpiring: (secrets) => void told.push(secrets),
    },
    said,
    told,
    name: (short) => `${short}_${own}`,
    async set(secrets, { vault = '/acme/dev', publish = true } = {}) {
      const open = await openVault({ env, cwd: dir, vault, create: true });
      for (const [name, from] of Object.entries(secrets)) {
        await open.vault.set(name, bytes('planted-value'), {
          expiresAt: from === undefined ? undefined : NOW + from,
        });
      }
      if (publish) await open.vault.publish();
      await open.close();
    },
  };
}

describe.each([
  ['from a release', true],
  ['by path, without one', false],
])('%s', (_, publish) => {
  it('warns once of what has expired, tells of what soon will, and starts', async () => {
    const { options, said, told, set, name } = place();
    const [older, newer, soon] = [name('OLDER'), name('NEWER'), name('SOON')];
    await set(
      {
        [name('NEVER')]: undefined,
        [newer]: -DAY,
        [soon]: 7 * DAY,
        [older]: -3 * DAY,
        [name('FAR')]: 31 * DAY,
      },
      { publish },
    );
    for (let load = 1; load <= 2; load += 1) {
      expect(Object.keys(await loadSecrets(options))).toHaveLength(5);
      const warnings = said.filter((message) => message.includes('expired'));
      expect(warnings).toEqual([`/acme/dev: ${older} expired 3 days ago, ${newer} expired 1 day ago`]);
      expect(told).toHaveLength(load);
      expect(told.at(-1)).toEqual([
        { vault: '/acme/dev', name: older, expiresAt: NOW - 3 * DAY, expired: true },
        { vault: '/acme/dev', name: newer, expiresAt: NOW - DAY, expired: true },
        { vault: '/acme/dev', name: soon, expiresAt: NOW + 7 * DAY, expired: false },
      ]);
    }
    expect(JSON.stringify([said, told])).not.toContain('planted');
  });

  it('refuses with the names of all, sets nothing, and says what clock it goes by', async () => {
    const { options, said, told, set, name } = place();
    const [a, b, soon] = [name('A'), name('B'), name('SOON')];
    await set({ [a]: -2 * DAY, [b]: -DAY, [soon]: DAY }, { publish });
    const refused = await rejection(
      loadSecrets({ ...options, expired: 'refuse', assign: true }),
      'secret_expired',
    );
    expect(refused.message).toBe(`/acme/dev: ${a} expired 2 days ago, ${b} expired 1 day ago`);
    expect(refused.hint).toMatch(/clock, \d{4}-.*waxseal set NAME --expires 90d/);
    expect(refused.message + refused.hint).not.toContain('planted');
    expect(process.env[a]).toBeUndefined();
    expect(told).toHaveLength(1);
    expect(said.filter((message) => message.includes('expired'))).toEqual([]);
  });

  it('ignores it where that is asked for', async () => {
    const { options, said, told, set, name } = place();
    await set({ [name('A')]: -DAY }, { publish });
    await loadSecrets({ ...options, expired: 'ignore' });
    expect(said.filter((message) => message.includes('expired'))).toEqual([]);
    expect(told).toHaveLength(1);
  });
});

describe('what counts', () => {
  it('only what is loaded: below the prefix, not left out, and of the last vault that has it', async () => {
    const { options, told, set, name } = place();
    const [mine, out, twice] = [name('MINE'), name('OUT'), name('TWICE')];
    await set({
      [`smtp/${mine}`]: -DAY,
      [`smtp/${out}`]: -DAY,
      [`smtp/${twice}`]: -DAY,
      [name('OTHER')]: -DAY,
    });
    await set({ [`smtp/${twice}`]: undefined }, { vault: '/acme/shared' });
    const how: LoadOptions = { ...options, prefix: 'smtp/', except: [out], expired: 'refuse' };
    const refused = await rejection(
      loadSecrets({ ...how, vault: ['/acme/dev', '/acme/shared'] }),
      'secret_expired',
    );
    expect(refused.message).toBe(`/acme/dev: smtp/${mine} expired 1 day ago`);
    expect(told.map((secrets) => secrets.map(({ name: of }) => of))).toEqual([[`smtp/${mine}`]]);
    const other = await rejection(
      loadSecrets({ ...how, vault: ['/acme/shared', '/acme/dev'] }),
      'secret_expired',
    );
    expect(other.message).toContain(`smtp/${twice}`);
  });

  it('expired ones of two vaults are told of by vault', async () => {
    const { options, said, set, name } = place();
    await set({ [name('A')]: -DAY });
    await set({ [name('B')]: -DAY }, { vault: '/acme/shared' });
    await loadSecrets({ ...options, vault: ['/acme/dev', '/acme/shared'] });
    expect(said).toEqual([
      `/acme/dev: ${name('A')} expired 1 day ago; /acme/shared: ${name('B')} expired 1 day ago`,
    ]);
  });

  it('within the time that was asked for', async () => {
    const { options, told, set, name } = place();
    await set({ [name('A')]: 2 * DAY, [name('B')]: 40 * DAY });
    for (const [expiringWithin, count] of [
      ['1d', 0],
      [0, 0],
      ['3d', 1],
      [3 * DAY, 1],
      [undefined, 1],
      ['6w', 2],
      [Number.POSITIVE_INFINITY, 2],
    ] as const) {
      told.length = 0;
      await loadSecrets({ ...options, expiringWithin });
      expect(told.flat().length, String(expiringWithin)).toBe(count);
    }
  });

  it('nothing is told where nothing expires, and nothing said of what has not yet', async () => {
    const { options, said, told, set, name } = place();
    await set({ [name('A')]: undefined });
    await loadSecrets({ ...options, expired: 'refuse' });
    expect([said, told]).toEqual([[], []]);
    await set({ [name('B')]: DAY });
    await loadSecrets({ ...options, expired: 'refuse' });
    expect([said.length, told.length]).toEqual([0, 1]);
  });
});

describe('how it is asked for', () => {
  it('WAXSEAL_EXPIRED says it for those that say nothing', async () => {
    const { options, said, set, name } = place();
    await set({ [name('A')]: -DAY });
    const saying = (rule: string): LoadOptions => ({
      ...options,
      env: { ...options.env, WAXSEAL_EXPIRED: rule },
    });
    await rejection(loadSecrets(saying('refuse')), 'secret_expired');
    await loadSecrets({ ...saying('refuse'), expired: 'ignore' });
    await loadSecrets(saying('ignore'));
    expect(said).toEqual([]);
    await loadSecrets(saying(''));
    expect(said).toHaveLength(1);
    await rejection(loadSecrets(saying('refused')), 'config_invalid');
  });

  it('mistakes are told although nothing expires', async () => {
    const { options, set, name } = place();
    await set({ [name('A')]: undefined });
    for (const expiringWithin of ['soon', '', -1, Number.NaN]) {
      await rejection(loadSecrets({ ...options, expiringWithin }), 'usage');
    }
    await rejection(loadSecrets({ ...options, expired: 'refused' as 'refuse' }), 'usage');
  });

  it('calls that are told of it do not share a load', async () => {
    const { options, told, set, name } = place();
    await set({ [name('A')]: DAY });
    const plain: LoadOptions = { env: options.env, cwd: options.cwd, onWarning: undefined };
    const others: (readonly ExpiringSecret[])[] = [];
    await Promise.all([
      loadSecrets({ ...plain, onExpiring: (secrets) => void told.push(secrets) }),
      loadSecrets({ ...plain, onExpiring: (secrets) => void others.push(secrets) }),
    ]);
    expect([told.length, others.length]).toEqual([1, 1]);
  });
});

describe('a refresh', () => {
  it('tells of what expires although nothing was published since', async () => {
    const { options, told, set, name } = place();
    await set({ [name('A')]: DAY });
    const secrets = await loadSecrets(options);
    expect(await refreshSecrets(secrets)).toBe(secrets);
    expect(told).toHaveLength(2);
  });
});
