/** A replica becomes the home for good. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { startLocal } from './support/aws.ts';
import { type Ended, type Sandbox, type StartOptions, sandbox } from './support/sandbox.ts';
import { openTerminal } from './support/terminal.ts';

const HOME = 'us-east-1';
const REPLICA = 'eu-west-1';
const DESCRIPTOR = '/acme/dev/.waxseal/vault';
const OLD = `{
  "aws": "embedded",
  "vaults": {
    "/acme/dev": { "home": "us-east-1",   "replicas": ["eu-west-1"] }
  }
}
`;
const NEW = OLD.replace(
  '"home": "us-east-1",   "replicas": ["eu-west-1"]',
  '"home": "eu-west-1",   "replicas": ["us-east-1"], "primary": "us-east-1"',
);

function project(text = OLD): Sandbox {
  const box = sandbox();
  say(box, text);
  return box;
}

const say = (box: Sandbox, text: string): void => writeFileSync(join(box.cwd, 'waxseal.json'), text);
const said = (box: Sandbox): string => readFileSync(join(box.cwd, 'waxseal.json'), 'utf8');

async function set(box: Sandbox, value: string, options: StartOptions = {}): Promise<Ended> {
  return box.waxseal(['set', 'TOKEN', '--exact', '--json'], { input: value, ...options });
}

const promote = (box: Sandbox, ...args: string[]): Promise<Ended> =>
  box.waxseal(['region', 'promote', REPLICA, ...args]);

function json({ out }: Ended): Record<string, unknown> {
  return JSON.parse(out) as Record<string, unknown>;
}

test.runIf(deep)(
  'it is refused while regions differ or nobody can be asked, and then changes one line',
  async () => {
    const box = project();
    expect((await set(box, 'one')).status).toBe(0);
    await box.waxseal(['local', 'fault', REPLICA, 'down']);
    await set(box, 'two');
    await box.waxseal(['local', 'fault', REPLICA, 'up']);
    const early = await promote(box, '--yes');
    expect(early.status).toBe(5);
    expect(early.err).toContain('TOKEN is behind in eu-west-1');
    expect(early.err).toContain('waxseal region sync');
    expect(said(box)).toBe(OLD);

    await set(box, 'three');
    const unasked = await promote(box);
    expect(unasked.status).toBe(2);
    expect(unasked.err).toContain('--yes');
    const terminal = openTerminal(box, { columns: 120, rows: 30, args: ['region', 'promote', REPLICA] });
    await terminal.until('it asks', (screen) => screen.includes('[y/N]'));
    terminal.press('n\r');
    expect(await terminal.ended()).not.toBe(0);
    expect(terminal.screen()).toContain('nothing was changed');
    const dry = json(await promote(box, '--dry-run', '--json'));
    expect(dry).toMatchObject({ dryRun: true, home: REPLICA, replicas: [HOME], primary: HOME });
    expect(said(box)).toBe(OLD);

    const done = await promote(box, '--yes', '--json');
    expect(done.status, done.err).toBe(0);
    expect(json(done)).toMatchObject({ previousHome: HOME, changed: true, finished: true, pending: [] });
    expect(said(box)).toBe(NEW);
    expect(json(await set(box, 'four'))).toMatchObject({ revision: 4, release: 4, behind: [] });
    for (const region of [HOME, REPLICA])
      expect((await box.waxseal(['get', 'TOKEN', '--region', region])).out).toBe('four');
    expect(await box.waxseal(['doctor'])).toMatchObject({ status: 0 });

    // Whoever writes by the old waxseal.json is refused; the new one, the other way round, is taken.
    const late = await set(box, 'late', { env: { WAXSEAL_REGIONS: `${HOME},${REPLICA}` } });
    expect(late.status).toBe(5);
    expect(late.err).toContain('update waxseal.json');
    expect((await box.waxseal(['get', 'TOKEN'])).out).toBe('four');
    expect(await promote(box)).toMatchObject({ status: 0 });
    expect((await box.waxseal(['region', 'promote', 'sa-east-1'])).status).toBe(2);
    const back = await box.waxseal(['region', 'promote', HOME, '--yes']);
    expect(back.status, back.err).toBe(0);
    expect(json(await set(box, 'five'))).toMatchObject({ revision: 5, behind: [] });
  },
);

test.runIf(deep)(
  'killed anywhere, it goes on: waxseal.json changed, no, one or all descriptors written',
  async () => {
    const box = project();
    await set(box, 'one');
    const local = await startLocal(box);
    const describe = (home: string): string => {
      const { kms } = JSON.parse(described) as { kms: string };
      const regions = [home, home === HOME ? REPLICA : HOME];
      return JSON.stringify({ wx: 1, vault: '/acme/dev', kms, home, regions });
    };
    const described = (await local.read(HOME, DESCRIPTOR)).value;
    expect(described).toBe(describe(HOME));
    for (const written of [[], [HOME], [HOME, REPLICA]]) {
      say(box, NEW);
      for (const region of [HOME, REPLICA])
        await local.plant(region, DESCRIPTOR, describe(written.includes(region) ? REPLICA : HOME));
      // Until it is finished nobody decides at the new home.
      if (!written.includes(REPLICA)) {
        const refused = await set(box, 'too soon');
        expect(refused.status).toBe(5);
        expect(refused.err).toContain('waxseal region promote eu-west-1');
      }
      const looked = json(await promote(box, '--dry-run', '--json'));
      expect(looked.finished).toBe(written.length === 2);
      const again = await promote(box, '--json');
      expect(again.status, again.err).toBe(0);
      expect(json(again)).toMatchObject({ changed: false, finished: true });
      for (const region of [HOME, REPLICA])
        expect((await local.read(region, DESCRIPTOR)).value).toBe(describe(REPLICA));
    }
    expect(said(box)).toBe(NEW);
    // A descriptor that names another key than the alias is nothing to be put right by the way.
    const forged = describe(HOME).replace(/"kms":"[^"]+"/, '"kms":"mrk-00000000000000000000000000000000"');
    await local.plant(HOME, DESCRIPTOR, forged);
    const refused = await promote(box);
    expect(refused.status).toBe(5);
    expect(refused.err).toContain('waxseal doctor');
    expect((await local.read(HOME, DESCRIPTOR)).value).toBe(forged);
    await local.stop();
  },
);

test.runIf(deep)(
  'on an account the deploy writes the descriptors: promote says what is pending until it did',
  async () => {
    const box = project();
    await set(box, 'one');
    const local = await startLocal(box);
    // The same vault for somebody to whom this server is the account.
    say(box, OLD.replace('  "aws": "embedded",\n', ''));
    const env = { ...local.variables };
    const run = (...args: string[]): Promise<Ended> =>
      box.waxseal(['region', 'promote', REPLICA, '--json', ...args], { env });
    const first = await run('--yes');
    expect(first.status, first.err).toBe(0);
    expect(json(first)).toMatchObject({ changed: true, finished: false });
    expect(String(json(first).pending)).toContain('npm run deploy');
    // Writers of before go on meanwhile: what they write reaches the new home as ever.
    const pending = await run();
    expect(pending.status).toBe(5);
    const descriptor = (await local.read(HOME, DESCRIPTOR)).value;
    const deployed = descriptor.replace(
      `"home":"${HOME}","regions":["${HOME}","${REPLICA}"]`,
      `"home":"${REPLICA}","regions":["${REPLICA}","${HOME}"]`,
    );
    await local.plant(HOME, DESCRIPTOR, deployed);
    expect((await run()).status).toBe(5);
    await local.plant(REPLICA, DESCRIPTOR, deployed);
    const last = await run();
    expect(last.status, last.err).toBe(0);
    expect(json(last)).toMatchObject({ changed: false, finished: true, pending: [] });
    await local.stop();
  },
);
