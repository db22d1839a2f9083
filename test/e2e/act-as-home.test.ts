/** Writing while a region is gone: another one as home, and how many regions must hold a write. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { type Ended, type Sandbox, sandbox } from './support/sandbox.ts';
import { openTerminal } from './support/terminal.ts';

const HOME = 'us-east-1';
const REPLICA = 'eu-west-1';
const ACTING = ['--act-as-home', REPLICA] as const;
const WARNING = `warning: acting as home in ${REPLICA}: ${HOME} decides again after: waxseal region sync`;

const set = (box: Sandbox, value: string, ...more: string[]): Promise<Ended> =>
  box.waxseal(['set', 'TOKEN', ...more], { input: value });
const fault = (box: Sandbox, region: string, kind: string): Promise<Ended> =>
  box.waxseal(['local', 'fault', region, kind]);
const codeOf = ({ err }: Ended): string =>
  (JSON.parse(err.trimEnd().split('\n').at(-1) ?? '') as { error: { code: string } }).error.code;

test.runIf(deep)(
  'with home down a replica decides, when somebody says so, and everything tells of it',
  async () => {
    const box = sandbox();
    await set(box, 'one');
    await fault(box, HOME, 'down');
    const refused = await set(box, 'never', '--json');
    expect([refused.status, codeOf(refused)]).toEqual([1, 'unreachable']);
    expect(refused.err).toContain('--act-as-home eu-west-1');

    const unasked = await set(box, 'never', ...ACTING, '--json');
    expect([unasked.status, codeOf(unasked)]).toEqual([2, 'no_terminal']);
    const unknown = await set(box, 'never', '--act-as-home', 'eu-north-1', '--yes', '--json');
    expect([unknown.status, codeOf(unknown)]).toEqual([2, 'usage']);

    const written = await set(box, 'two', ...ACTING, '--yes', '--json', '-q');
    expect(written).toMatchObject({ status: 0, err: `${WARNING}\n` });
    expect(JSON.parse(written.out)).toMatchObject({
      revision: 2,
      release: 2,
      actedAsHome: REPLICA,
      behind: [{ region: HOME, error: { code: 'unreachable' } }],
    });
    const started = await box.waxseal(['exec', '--', '/bin/sh', '-c', 'echo "$TOKEN"']);
    expect(started.out).toBe('two\n');
    expect(started.err).toContain(`/acme/dev was answered by ${REPLICA}, ${HOME} did not: release 2`);
    const history = await box.waxseal(['history', 'TOKEN', '--json']);
    expect(JSON.parse(history.out)).toMatchObject({
      region: REPLICA,
      history: [{ revision: 2 }, { revision: 1 }],
    });
    expect(history.err).toContain(`answered by ${REPLICA}, home (${HOME}) did not`);

    for (const line of [
      ['release', 'publish'],
      ['release', 'pin', '1'],
      ['release', 'rollback', '1'],
      ['delete', 'TOKEN'],
    ]) {
      const ended = await box.waxseal([...line, ...ACTING, '--yes', '--json']);
      expect(ended, line.join(' ')).toMatchObject({ status: 0 });
      expect(ended.err).toContain(WARNING);
      expect(JSON.parse(ended.out)).toMatchObject({ actedAsHome: REPLICA, behind: [{ region: HOME }] });
    }
    await fault(box, HOME, 'up');
    // Home answers again and knows nothing of all that: what is decided in the replica goes there as to any replica.
    const back = await set(box, 'three', ...ACTING, '--yes', '--json');
    expect(JSON.parse(back.out)).toMatchObject({ revision: 5, behind: [] });
    expect((await box.waxseal(['get', 'TOKEN'])).out).toBe('three');
  },
);

test.runIf(deep)('a person is asked, and may say no', async () => {
  const box = sandbox();
  await set(box, 'one');
  await fault(box, HOME, 'down');
  writeFileSync(join(box.cwd, 'two.env'), 'TOKEN=two\n');
  for (const [answer, status] of [
    ['n\r', 1],
    ['y\r', 0],
  ] as const) {
    const terminal = openTerminal(box, { columns: 120, rows: 24, args: ['import', 'two.env', ...ACTING] });
    await terminal.until('it asks', (screen) =>
      screen.includes(`let ${REPLICA} decide in the place of ${HOME}?`),
    );
    expect(terminal.screen()).toContain(WARNING);
    terminal.press(answer);
    expect(await terminal.ended()).toBe(status);
    expect((await box.waxseal(['get', 'TOKEN'])).out).toBe(status === 0 ? 'two' : 'one');
  }
});

test.runIf(deep)('--act-as-home is refused where home answers and knows more', async () => {
  const box = sandbox();
  await set(box, 'one');
  await fault(box, REPLICA, 'down');
  await set(box, 'two');
  await fault(box, REPLICA, 'up');
  const ended = await set(box, 'over it', ...ACTING, '--yes', '--json');
  expect([ended.status, codeOf(ended)]).toEqual([5, 'conflict']);
  expect((await box.waxseal(['get', 'TOKEN'])).out).toBe('two');
});

test.runIf(deep)(
  '--require ends with status 5 when fewer regions hold the write, which stands and is told of',
  async () => {
    const box = sandbox();
    expect(await set(box, 'one', '--require', 'all')).toMatchObject({ status: 0 });
    for (const wrong of ['3', 'most', '-1']) {
      const ended = await set(box, 'never', `--require=${wrong}`, '--json');
      expect([ended.status, codeOf(ended)], wrong).toEqual([2, 'usage']);
    }
    await fault(box, REPLICA, 'down');
    expect(await set(box, 'two', '--require', '1')).toMatchObject({ status: 0 });
    for (const line of [
      ['set', 'TOKEN', '--require', 'all'],
      ['import', '-', '--format', 'dotenv', '--require', '2'],
      ['release', 'rollback', '1', '--yes', '--require', 'all'],
      ['release', 'pin', '1', '--require', 'all'],
      ['release', 'publish', '--require', 'all'],
      ['delete', 'TOKEN', '--yes', '--require', 'all'],
    ]) {
      const ended = await box.waxseal([...line, '--json'], { input: 'TOKEN=three' });
      expect([ended.status, codeOf(ended)], line.join(' ')).toEqual([5, 'behind']);
      expect(ended.err).toContain('the write stands, but 1 of 2 regions hold it');
      expect(JSON.parse(ended.out)).toMatchObject({ behind: [{ region: REPLICA }] });
    }
    expect((await box.waxseal(['get', 'TOKEN'])).status).toBe(3);
  },
);

test.runIf(deep)('import takes a rate, and says beforehand how long it may take', async () => {
  const box = sandbox();
  const lines = Array.from({ length: 60 }, (_, n) => `KEY_${n}=value ${n}\n`);
  writeFileSync(join(box.cwd, 'many.env'), lines.join(''));
  expect((await box.waxseal(['import', 'many.env', '--rate', '0'])).status).toBe(2);
  expect(await box.waxseal(['import', 'many.env', '--rate', '1000'])).toMatchObject({ status: 0 });
  writeFileSync(join(box.cwd, 'many.env'), lines.join('').replaceAll('value', 'other'));
  const terminal = openTerminal(box, { columns: 120, rows: 24, args: ['import', 'many.env'] });
  expect(await terminal.ended()).toBe(0);
  expect(terminal.screen()).toContain('60 writes in each region: about 20 s at 3 writes a second');
  expect(terminal.screen()).toContain('60 changed');
});
