/** Secrets that expire: how that is said and written, and that nothing loses it on the way. */
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Vault } from '../../src/vault/index.ts';
import {
  countExpiring,
  expiryNote,
  expiryState,
  expiryWords,
  readExpiry,
  readSpan,
  writeExpiry,
} from '../../src/vault/index.ts';
import { checkProperty } from '../support/seed.ts';
import { bytes, createWorld, HOME, parameter, REPLICA, rejection, text } from '../support/world.ts';

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];
const NOW = Date.UTC(2026, 10, 22, 15, 30, 0, 250);
/** A moment that a vault can seal: in whole seconds. */
const THEN = Date.UTC(2027, 0, 31, 9);

describe('in words', () => {
  it.each<[number, string]>([
    [1, 'expires in 1 second'],
    [SECOND, 'expires in 1 second'],
    [59 * SECOND, 'expires in 59 seconds'],
    [MINUTE - 1, 'expires in 59 seconds'],
    [MINUTE, 'expires in 1 minute'],
    [HOUR - SECOND, 'expires in 1 hour'],
    [HOUR, 'expires in 1 hour'],
    [DAY - SECOND, 'expires in 1 day'],
    [DAY, 'expires in 1 day'],
    [90 * DAY - 1, 'expires in 90 days'],
    [366 * DAY, 'expires in 366 days'],
    [730 * DAY, 'expires in 2 years'],
    [36_500 * DAY, 'expires in 100 years'],
    [0, 'expired just now'],
    [-999, 'expired just now'],
    [-SECOND, 'expired 1 second ago'],
    [-59 * SECOND, 'expired 59 seconds ago'],
    [-DAY, 'expired 1 day ago'],
    [-3 * DAY, 'expired 3 days ago'],
  ])('%d ms from now: %s', (from, said) => {
    expect(expiryWords(NOW + from, NOW)).toBe(said);
    expect(expiryNote(NOW + from, NOW)).toBe(said.replace(/^expires /, ''));
  });

  it('a leap year is one day longer', () => {
    const from = Date.UTC(2028, 1, 28);
    expect(expiryWords(Date.UTC(2028, 2, 1), from)).toBe('expires in 2 days');
    expect(expiryWords(Date.UTC(2029, 1, 28), from)).toBe('expires in 366 days');
  });

  it('no unit is ever full of the one below', async () => {
    const span = fc.integer({ min: -40_000 * DAY, max: 40_000 * DAY });
    const most: Readonly<Record<string, number>> = { second: 59, minute: 59, hour: 23, day: 729, year: 110 };
    await checkProperty(
      'expiry words',
      fc.property(span, (from) => {
        const [, count, unit = ''] = /(\d+) (\w+?)s?( ago)?$/.exec(expiryWords(NOW + from, NOW)) ?? [
          '',
          '0',
          'second',
        ];
        expect(Number(count)).toBeLessThanOrEqual(most[unit] ?? 0);
      }),
      { small: 300, full: 20_000 },
    );
  });

  it('the moment itself has expired, the last one of the window is in it', () => {
    expect(expiryState(NOW, NOW)).toBe('expired');
    expect(expiryState(NOW + 1, NOW)).toBe('expiring');
    expect(expiryState(NOW + 30 * DAY, NOW)).toBe('expiring');
    expect(expiryState(NOW + 30 * DAY + 1, NOW)).toBeUndefined();
    expect(expiryState(undefined, NOW)).toBeUndefined();
    expect(expiryState(NOW + 1, NOW, 0)).toBeUndefined();
    const all = [NOW - 1, NOW + DAY, NOW + 2 * DAY, NOW + 60 * DAY, undefined];
    expect(
      countExpiring(
        all.map((expiresAt) => ({ expiresAt })),
        NOW,
      ),
    ).toEqual({ expired: 1, expiring: 2 });
  });
});

describe('as people write it', () => {
  const zone = process.env.TZ;
  afterEach(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  // Spans end on the next whole second, which is what an entry can hold.
  const soon = Date.UTC(2026, 10, 22, 15, 30, 1);
  it.each<[string, number | undefined]>([
    ['90d', soon + 90 * DAY],
    ['12h', soon + 12 * HOUR],
    ['2w', soon + 14 * DAY],
    ['1y', soon + 365 * DAY],
    ['1d12h', soon + 36 * HOUR],
    ['100y', soon + 36_500 * DAY],
    ['2027-01-31', Date.UTC(2027, 0, 31)],
    ['2028-02-29', Date.UTC(2028, 1, 29)],
    ['2027-01-31T09:00Z', THEN],
    ['2027-01-31T09:00:00.000Z', THEN],
    ['2027-01-31T11:00:00+02:00', THEN],
    ['2027-01-30T23:30:00-09:30', THEN],
    ['never', undefined],
  ])('%s, in any zone', (written, expected) => {
    for (const here of ['UTC', 'America/New_York', 'Pacific/Kiritimati']) {
      process.env.TZ = here;
      expect(readExpiry('--expires', written, NOW), here).toBe(expected);
    }
  });

  it.each([
    ['', 'expected a span of time, a date or "never"'],
    ['soon', 'expected a span of time, a date or "never"'],
    ['90', 'expected a span of time, a date or "never"'],
    ['-1d', 'expected a span of time, a date or "never"'],
    ['1.5d', 'expected a span of time, a date or "never"'],
    ['90d ', 'expected a span of time, a date or "never"'],
    ['90D', 'expected a span of time, a date or "never"'],
    ['2027-02-29', 'expected a span of time, a date or "never"'],
    ['2027-04-31', 'expected a span of time, a date or "never"'],
    ['2027-13-01', 'expected a span of time, a date or "never"'],
    ['2027-01-31T24:00Z', 'expected a span of time, a date or "never"'],
    ['31.1.2027', 'expected a span of time, a date or "never"'],
    ['0d', 'expected more than no time at all'],
    ['00h', 'expected more than no time at all'],
    ['101y', 'expected at most a hundred years'],
    ['99999999999999999999d', 'expected at most a hundred years'],
    ['2126-11-22', 'expected at most a hundred years'],
    ['2026-11-22', 'expected a time to come'],
    ['1999-12-31', 'expected a time to come'],
    ['2026-11-22T15:30:00Z', 'expected a time to come'],
    ['2027-01-31T09:00', 'expected a time with its zone'],
    ['2027-01-31 09:00:00', 'expected a time with its zone'],
  ])('%j is a mistake', async (written, why) => {
    const refused = await rejection((async () => readExpiry('--expires', written, NOW))(), 'usage');
    expect(refused.message).toBe(`--expires ${why}, got ${JSON.stringify(written)}`);
    expect(refused.hint).toMatch(/90d|\+02:00/);
  });

  it('what is written back is read as the same moment', async () => {
    const moment = fc.integer({ min: Math.ceil(NOW / 1000), max: Math.floor((NOW + 36_000 * DAY) / 1000) });
    const day = moment.map((at) => Math.ceil(at / 86_400) * 86_400);
    await checkProperty(
      'expiries written and read',
      fc.property(fc.oneof(moment, day), (at) => {
        expect(readExpiry('it', writeExpiry(at * 1000), NOW - DAY)).toBe(at * 1000);
      }),
      { small: 300, full: 20_000 },
    );
    expect(writeExpiry(Date.UTC(2027, 0, 31))).toBe('2027-01-31');
    expect(writeExpiry(undefined)).toBe('');
  });

  it('spans', () => {
    expect(readSpan('1h30m')).toBe(90 * MINUTE);
    expect(readSpan('2w')).toBe(14 * DAY);
    for (const none of ['', '0d', 'd', '1x', '36501d', '1 d']) expect(readSpan(none), none).toBeUndefined();
  });
});

async function expiries(
  load: Promise<ReadonlyMap<string, { readonly expiresAt?: number | undefined }>>,
): Promise<object> {
  return Object.fromEntries([...(await load)].map(([name, { expiresAt }]) => [name, expiresAt]));
}

async function listed(vault: Vault): Promise<object> {
  const { secrets } = await vault.list();
  return Object.fromEntries(secrets.map(({ name, expiresAt }) => [name, expiresAt]));
}

describe('in a vault', () => {
  it('entries, listings, statuses and both ways to start carry it', async () => {
    const world = createWorld();
    const vault = world.open();
    await vault.set('A', bytes('1'), { expiresAt: THEN });
    await vault.set('B', bytes('2'));
    const expected = { A: THEN, B: undefined };
    expect(await listed(vault)).toEqual(expected);
    expect((await vault.get('A')).expiresAt).toBe(THEN);
    expect((await vault.status()).entries.map(({ expiresAt }) => expiresAt)).toEqual([THEN, undefined]);
    // Without a release the entries are read by path.
    const byPath = await world.open().boot();
    expect([byPath.release, await expiries(Promise.resolve(byPath.secrets))]).toEqual([undefined, expected]);
    await vault.publish();
    for (const region of [HOME, REPLICA]) {
      const alone = world.open({ regions: [world.aws.region(region, world.kmsKey)] });
      const booted = await alone.boot();
      expect([booted.release, await expiries(Promise.resolve(booted.secrets))]).toEqual([1, expected]);
      expect(await expiries(alone.load())).toEqual(expected);
    }
  });

  it('what has expired opens all the same', async () => {
    const vault = createWorld().open();
    await vault.set('A', bytes('1'), { expiresAt: 1 });
    const { value, expiresAt } = await vault.get('A');
    // Not 0, which would be never.
    expect([text(value), expiresAt]).toEqual(['1', 1000]);
  });

  it('refuses what is no time', async () => {
    const vault = createWorld().open();
    for (const expiresAt of [Number.NaN, -1, Number.POSITIVE_INFINITY, 8.64e15 + 1]) {
      await rejection(vault.set('A', bytes('1'), { expiresAt }), 'usage');
    }
    expect(await listed(vault)).toEqual({});
  });

  it('a new value without an expiry has none, and the write tells of the one that ended', async () => {
    const vault = createWorld().open();
    expect(await vault.set('A', bytes('1'), { expiresAt: THEN })).not.toHaveProperty('endedExpiry');
    const again = await vault.set('A', bytes('2'));
    expect(again).toMatchObject({ revision: 2, endedExpiry: THEN });
    expect(await listed(vault)).toEqual({ A: undefined });
    expect(await vault.set('A', bytes('3'))).not.toHaveProperty('endedExpiry');
    await vault.set('A', bytes('4'), { expiresAt: THEN });
    expect(await vault.set('A', bytes('5'), { expiresAt: THEN + DAY })).not.toHaveProperty('endedExpiry');
    await vault.delete('A');
    expect(await vault.set('A', bytes('6'))).not.toHaveProperty('endedExpiry');
  });

  it('an import ends the expiry of what it changes and leaves that of what it does not', async () => {
    const vault = createWorld().open();
    await vault.set('SAME', bytes('1'), { expiresAt: THEN });
    await vault.set('OTHER', bytes('1'), { expiresAt: THEN });
    await vault.set('PLAIN', bytes('1'));
    const items = ['SAME', 'OTHER', 'PLAIN', 'NEW'].map((name) => ({
      name,
      value: bytes(name === 'SAME' ? '1' : '2'),
    }));
    const planned = await vault.planImport(items);
    expect(planned).toMatchObject({
      unchanged: ['SAME'],
      changed: ['OTHER', 'PLAIN'],
      endedExpiry: ['OTHER'],
    });
    expect(await vault.import(items)).toMatchObject({ endedExpiry: ['OTHER'] });
    expect(await listed(vault)).toEqual({ SAME: THEN, OTHER: undefined, PLAIN: undefined, NEW: undefined });
  });

  it('a rollback brings back each expiry with its value', async () => {
    const vault = createWorld().open();
    await vault.set('VALUE', bytes('1'), { expiresAt: THEN });
    await vault.set('NEVER', bytes('1'));
    await vault.set('PAST', bytes('1'), { expiresAt: DAY });
    await vault.set('REMOVED', bytes('1'), { expiresAt: THEN });
    await vault.set('LEFT', bytes('1'), { expiresAt: THEN });
    await vault.publish();
    const before = await listed(vault);
    await vault.set('VALUE', bytes('2'), { expiresAt: THEN + DAY });
    // Only the expiry is another one.
    await vault.set('NEVER', bytes('1'), { expiresAt: THEN });
    await vault.set('PAST', bytes('2'));
    await vault.delete('REMOVED');
    await vault.publish();
    expect(await vault.planRollback(1)).toEqual({
      added: ['REMOVED'],
      changed: ['NEVER', 'PAST', 'VALUE'],
      removed: [],
    });
    await vault.rollback(1);
    expect(await listed(vault)).toEqual(before);
    expect(await expiries(vault.boot().then(({ secrets }) => secrets))).toEqual(before);
    const { secrets } = await vault.list();
    expect(secrets.find(({ name }) => name === 'LEFT')?.revision).toBe(1);
    expect((await vault.compareRelease()).changed).toEqual([]);
  });

  it('another expiry alone is something to publish', async () => {
    const vault = createWorld().open();
    await vault.set('A', bytes('1'));
    await vault.publish();
    await vault.set('A', bytes('1'), { expiresAt: THEN });
    expect(await vault.compareRelease()).toMatchObject({ changed: ['A'] });
    expect(await vault.publish()).toMatchObject({ release: 2, changed: true });
  });

  it('a write that loses a race ends the expiry that it meets, not the one that it saw', async () => {
    const world = createWorld();
    await world.open().set('A', bytes('1'));
    let first = true;
    world.aws.gate = async ({ operation, names }) => {
      if (operation !== 'write' || !names.includes(parameter('A')) || !first) return undefined;
      first = false;
      await world.open().set('A', bytes('theirs'), { expiresAt: THEN });
      return undefined;
    };
    const result = await world.open().set('A', bytes('ours'));
    expect(result).toMatchObject({ revision: 3, endedExpiry: THEN });
  });
});
