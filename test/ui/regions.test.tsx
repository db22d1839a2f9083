import stringWidth from 'string-width';
import { describe, expect, test, vi } from 'vitest';
import { REFRESH_TIME } from '../../cli/ui/hooks/use-regions.ts';
import { WaxsealError } from '../../src/errors.ts';
import type { CopyState } from '../../src/vault/index.ts';
import { FakeVault } from './support/fake-vault.ts';
import { type AppUnderTest, KEY, startApp } from './support/terminal.tsx';

const HOME = 'us-east-1';
const REPLICA = 'eu-west-1';
const SECRET = 'planted-plaintext';

/** A vault with one secret for each state that its copy in the replica may have. */
function vaultWith(states: readonly CopyState[], regions: readonly string[] = [HOME, REPLICA]): FakeVault {
  const vault = new FakeVault('/acme/prod', regions);
  for (const state of states) {
    const name = `IS_${state.toUpperCase()}`;
    vault.plant(name, SECRET).plant(name, SECRET);
    const others = regions.slice(1).map((region) => [region, state] as const);
    vault.reported.set(name, { copies: Object.fromEntries([[HOME, 'equal'], ...others]) });
  }
  return vault;
}

async function openRegions(
  vault: FakeVault,
  options: Parameters<typeof startApp>[1] = {},
): Promise<AppUnderTest> {
  const app = startApp(vault, options);
  await app.until('❯ ');
  await app.type('s', 'answers');
  return app;
}

/** Waits in turns of the event loop, for where the clock stands still; fails when none of many brings it. */
async function turnsUntil(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    if (turn > 100_000) throw new Error('waited in vain');
    await new Promise(setImmediate);
  }
}

/** No frame holds a value, none a line that is wider than the screen. */
function expectCalm(app: AppUnderTest, columns: number): void {
  expect(app.everything).not.toContain(SECRET);
  for (const line of app.output.frames.flatMap((frame) => frame.split('\n'))) {
    expect(stringWidth(line.trimEnd()), line).toBeLessThanOrEqual(columns);
  }
}

describe('the regions', () => {
  test('are told by a word and a sign for each state, those that differ at first', async () => {
    const vault = vaultWith(['equal', 'behind', 'ahead', 'diverged', 'missing', 'unreadable']);
    const app = startApp(vault, { env: { NO_COLOR: '1' } });
    await app.until('! 5 secrets differ between regions · s shows where');
    expect(app.lines.at(-1)).toContain('s regions');
    await app.type('s', 'what differs, 5 of 6');
    expect(app.screen).toContain('! 6 secrets, 2 regions: 5 secrets not equal');
    expect(app.screen).toMatch(/us-east-1 \(home\) +✓ yes +✓ 7 +✓ 1\.1795326699\.0042391bd736d6df/);
    for (const cell of ['↓ behind 1', '↑ ahead 3', '≠ diverged', '- missing', '✗ unreadable']) {
      const name = `IS_${/[a-z]+/.exec(cell)?.[0]?.toUpperCase()}`;
      expect(app.lines.find((line) => line.includes(`${name} `))).toMatch(
        new RegExp(`${name} +2 +✓ equal +${cell}`),
      );
    }
    expect(app.screen).not.toMatch(/IS_EQUAL/);
    expect(app.lines.at(-1)).toContain('r refresh (every 10 s)');
    await app.type('a', 'all 6 secrets: 1 of 6');
    expect(app.screen).toMatch(/IS_EQUAL +2 +✓ equal +✓ equal/);
    await app.type(KEY.escape, 's shows where');
    expectCalm(app, 80);
  });

  test('that do not answer are told of beside the others, and never blank the screen', async () => {
    const vault = vaultWith(['equal']).cutOff(REPLICA, new WaxsealError('unreachable', 'no answer in 3 s'));
    vault.reported.set('IS_EQUAL', { copies: { [HOME]: 'equal', [REPLICA]: 'unreachable' } });
    const app = await openRegions(vault);
    expect(app.screen).toMatch(/eu-west-1 +✗ unreachable: no answer in 3 s/);
    expect(app.screen).toContain('✗ eu-west-1 down');
    expect(app.screen).toContain('every secret is equal in the regions that answer; a shows them');
    await app.type('a', (screen) => /IS_EQUAL +2 +✓ equal +\? unreachable/.test(screen));
    vault.failNext('status', new WaxsealError('denied', 'no ssm:GetParametersByPath'));
    await app.type('r', '✗ not refreshed: no ssm:GetParametersByPath');
    expect(app.screen).toContain('IS_EQUAL');
    vault.bringUp(REPLICA).reported.clear();
    await app.type('r', '✓ 1 secret, 2 regions: all equal');
    expect(app.screen).not.toContain('not refreshed');
    expect(app.screen).toContain('✓ eu-west-1 ');
  });

  test('that do not answer are the last to go where there is little room', async () => {
    const regions = [HOME, REPLICA, 'ap-southeast-2', 'ap-northeast-1', 'sa-east-1', 'eu-north-1'];
    const vault = vaultWith(['behind', 'ahead', 'missing'], regions);
    vault.cutOff('eu-north-1', new WaxsealError('unreachable', 'no answer in 3 s'));
    const app = await openRegions(vault, { columns: 60, rows: 15 });
    expect(app.screen).toMatch(/eu-north-1 +✗ unreachable/);
    expect(app.screen).not.toMatch(/sa-east-1 +✓ yes/);
    expect(app.screen).toContain('IS_MISSING');
  });

  test('are told with the age of the data key, and what is still under a retired one', async () => {
    const DAY = 86_400_000;
    const id = '2.1795326699.0042391bd736d6df';
    const key = { id, generation: 2, createdAt: 1_795_326_699_000, retired: 0, releaseRetired: false };
    const vault = vaultWith(['behind']);
    vault.dataKey = { ...key, age: 12 * DAY, due: false };
    const app = await openRegions(vault, { columns: 100, rows: 24 });
    expect(app.screen).toContain('✓ data key of generation 2, 12 days old');
    expect(app.screen).not.toContain('key rotate');
    vault.dataKey = { ...key, age: 400 * DAY, due: true, retired: 3, releaseRetired: true };
    await app.type(
      'r',
      '! data key of generation 2, 400 days old: rotation due; 3 entries and the release under',
    );
    expect(app.screen).toMatch(/retired\s+data\s+key:\s+waxseal\s+key\s+rotate/);
    expectCalm(app, 100);
    const small = await openRegions(vault, { columns: 60, rows: 15 });
    expect(small.screen).toContain('rotation due');
    expect(small.screen).toContain('IS_BEHIND');
    vault.dataKey = { ...key, age: 0, due: false };
    await small.type('r', (screen) => !screen.includes('data key of'));
    expectCalm(small, 100);
  });

  test('say that the record of a retired data key was put back, and what mends it', async () => {
    const id = '1.1795326699.0042391bd736d6df';
    const key = { id, generation: 1, createdAt: 1_795_326_699_000, age: 0, due: false };
    const vault = vaultWith(['equal']);
    const putBack = { generation: 1, sealed: 2, proved: true };
    vault.dataKey = { ...key, putBack, retired: 0, releaseRetired: false };
    vault.dataKeyState = 'retired';
    const app = await openRegions(vault, { columns: 80, rows: 24 });
    const words = app.screen.replace(/\s+/g, ' ');
    expect(words).toContain(
      '! the record of a retired data key was put back (generation 1; 2 has sealed already)',
    );
    expect(words).toContain('nothing can be written; waxseal key rotate makes one above it');
    expect(words).toMatch(/the record of a retired data key in \d regions/);
    expect(app.screen).toMatch(/us-east-1 \(home\) +✓ yes +✓ 7 +✗ 1\.1795326699/);
    expect(words).not.toContain('all equal');
    expectCalm(app, 80);
    const mended = { ...putBack, proved: false, newerIn: 'eu-west-1' };
    vault.dataKey = { ...vault.dataKey, putBack: mended };
    await app.type('r', 'by what they say of themselves');
    expect(app.screen.replace(/\s+/g, ' ')).toContain(
      '2 has sealed already, by what they say of themselves): nothing can be written; waxseal region sync brings the newer one from eu-west-1, else waxseal key rotate',
    );
    expectCalm(app, 80);
  });

  test('that could not be compared at all say why, and are asked again', async () => {
    const vault = vaultWith(['behind']).failNext('status', new SyntaxError(`"${SECRET}" is not valid JSON`));
    const app = startApp(vault);
    await app.until('❯ ');
    await app.type('s', 'something unexpected went wrong (SyntaxError)');
    await app.type('r', '↓ behind 1');
    expectCalm(app, 80);
  });

  test('are looked at again every 10 s while the screen is open, and no longer', async () => {
    const vault = vaultWith(['behind']);
    const app = await openRegions(vault);
    await app.until((screen) => !screen.includes('looking'));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      // The next look, asked for by hand, is followed by one of the fake clock.
      await app.press('r');
      await turnsUntil(() => vault.calls.status >= 2);
      await turnsUntil(() => vi.getTimerCount() > 0);
      await vi.advanceTimersByTimeAsync(REFRESH_TIME);
      await turnsUntil(() => vault.calls.status >= 3);
      await app.press('y');
      await turnsUntil(() => vault.calls.planSync > 0);
      await vi.advanceTimersByTimeAsync(5 * REFRESH_TIME);
      expect(vault.calls.status).toBe(3);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    [60, 15],
    [80, 24],
    [200, 60],
  ])('fit %i columns and %i lines, five regions by turns where they must', async (columns, rows) => {
    const regions = [HOME, REPLICA, 'ap-southeast-2', 'ap-northeast-1', 'sa-east-1'];
    const vault = vaultWith(['behind', 'missing'], regions);
    for (let index = 0; index < 200; index += 1) vault.plant(`SECRET_NUMBER_${index}`, SECRET);
    vault.plant('GONE', { value: '', deleted: true });
    vault.reported.set('GONE', { copies: { [HOME]: 'equal', [REPLICA]: 'missing' } });
    const app = await openRegions(vault, { columns, rows });
    expect(app.screen).toMatch(/tombstone pending|\(pending\)/);
    const titles = (): string => app.lines.find((line) => /^ {2}name/.test(line)) ?? '';
    const seen = new Set<string>();
    for (let turn = 0; turn < 5; turn += 1) {
      for (const region of regions) if (titles().includes(region)) seen.add(region);
      expect(titles()).toContain(HOME);
      const before = titles();
      if (columns < 200) await app.type(KEY.tab, () => titles() !== before);
    }
    expect([...seen].toSorted()).toEqual(regions.toSorted());
    await app.type('a', 'all 203 secrets');
    await app.type('G', '203 of 203');
    expect(app.screen).toMatch(/❯ SECRET_NUMBER_99/);
    await app.type('y', 'sync, the plan');
    await app.until('from → to');
    expectCalm(app, columns);
  });
});

describe('a sync', () => {
  test('shows what it would write where, asks, does it, and leaves all equal', async () => {
    const vault = vaultWith(['behind', 'missing', 'equal']);
    const app = await openRegions(vault);
    await app.type('y', '2 to write');
    expect(app.screen).toMatch(/IS_BEHIND +2 +us-east-1 → eu-west-1 +older there/);
    expect(app.screen).toMatch(/IS_MISSING +2 +us-east-1 → eu-west-1 +missing there/);
    await app.type(KEY.enter, 'do it? y/N');
    expect(app.screen).toContain('2 writes, to eu-west-1');
    // Enter may have been meant for the plan.
    await app.type(KEY.enter, 'sync, the plan');
    await app.type('y', 'do it? y/N');
    const release = vault.hold('sync');
    await app.type('y', '0 of 2');
    expect(vault.synced).toHaveLength(1);
    release();
    await app.until('sync, done');
    await app.until('✓ synced: 2 written');
    expect(app.screen).toMatch(/IS_BEHIND +2 +us-east-1 → eu-west-1 +brought up to date/);
    await app.type(KEY.escape, '✓ 3 secrets, 2 regions: all equal');
    await app.type(KEY.escape, (screen) => screen.includes('s regions') && !screen.includes('differ'));
    expectCalm(app, 80);
  });

  test('shows both sides of a conflict, and takes the one that is chosen', async () => {
    const vault = vaultWith(['diverged', 'behind']);
    const app = await openRegions(vault);
    await app.type('y', '≠ conflict: IS_DIVERGED');
    expect(app.screen).toMatch(/1 us-east-1 {2}rev 2 {2}sealed \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
    expect(app.screen).toMatch(/2 eu-west-1 {2}rev 2 /);
    expect(app.screen).toContain('by writer/in-eu-west-1');
    expect(app.screen).toContain('data key 1.1795326699.0042391bd736d6df');
    await app.type('2', 'IS_DIVERGED, eu-west-1 wins');
    await app.until((screen) => /IS_DIVERGED +2 +eu-west-1 → us-east-1 +sealed anew/.test(screen));
    await app.type('1', 'IS_DIVERGED, us-east-1 wins');
    await app.until((screen) => !screen.includes('planning'));
    await app.type(KEY.enter, '1 conflict decided by you');
    await app.type('y', 'sync, done');
    expect(vault.synced).toEqual([{ names: { IS_DIVERGED: HOME } }]);
    expectCalm(app, 80);
  });

  test('leaves alone what was not decided, and says so', async () => {
    const app = await openRegions(vaultWith(['diverged', 'behind']));
    await app.type('y', '1 to write, 1 conflict');
    await app.type(KEY.enter, '1 conflict not decided: left as it is');
    await app.type('y', '! synced: 1 written, 1 conflict');
    await app.type(KEY.escape, '≠ diverged');
  });

  test('has nothing to do where all is equal, and says so', async () => {
    const app = await openRegions(vaultWith(['equal']));
    await app.type('y', 'nothing to do');
    await app.press(KEY.enter, 'y');
    await app.type('?', 'Ctrl-Z');
    expect(app.output.frames.some((frame) => frame.includes('do it?'))).toBe(false);
  });

  test('says why there is no plan, and plans again', async () => {
    const vault = vaultWith(['behind']).failNext('planSync', new WaxsealError('denied', 'no kms:Decrypt'));
    const app = await openRegions(vault);
    await app.type('y', '✗ no plan: no kms:Decrypt');
    await app.type('r', '1 to write');
  });

  test.each([
    ['Esc', KEY.escape],
    ['Ctrl-C', KEY.ctrlC],
  ])('is stopped by %s, and plans what is left', async (_, key) => {
    const vault = vaultWith(['behind']);
    const app = await openRegions(vault);
    await app.type('y', '1 to write');
    await app.type('y', 'do it?');
    const release = vault.hold('sync');
    await app.type('y', '0 of 1');
    await app.press(key);
    await app.until(key === KEY.escape ? 'stopping: what was begun ends first' : 'press Ctrl-C again');
    release();
    await app.until('! stopped: what was begun has ended');
    await app.until('1 to write');
    expect(app.input.raw).toBe(true);
  });

  test('that fails says why, and does not leave the app', async () => {
    const vault = vaultWith(['behind']).failNext('sync', new WaxsealError('denied', 'no ssm:PutParameter'));
    const app = await openRegions(vault);
    await app.type('y', '1 to write');
    await app.type('y', 'do it?');
    await app.type('y', '✗ no ssm:PutParameter');
    await app.until('1 to write');
  });

  test('is not started by a paste', async () => {
    const vault = vaultWith(['behind']);
    const app = await openRegions(vault);
    await app.paste('yyy');
    await app.press('yyy');
    await app.type('a', 'all 1 secret');
    expect([vault.calls.planSync, vault.calls.sync]).toEqual([0, 0]);
  });
});
