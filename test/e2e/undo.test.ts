/** Going back, by command: history, diff, rollback and undelete of one secret, and two vaults compared. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { startLocal } from './support/aws.ts';
import { type Ended, NODE, ROOT, type Sandbox, sandbox } from './support/sandbox.ts';
import { KEY, openTerminal } from './support/terminal.ts';

const NAME = 'DATABASE_URL';
const SIZE = { columns: 100, rows: 30 };

/** Runs a command that has to end with a status. */
async function ends(box: Sandbox, status: number, args: readonly string[], input = ''): Promise<Ended> {
  const ended = await box.waxseal(args, { input });
  expect(ended.status, `${args.join(' ')}: ${ended.out}${ended.err}`).toBe(status);
  return ended;
}

async function withValues(...values: readonly (string | Buffer)[]): Promise<Sandbox> {
  const box = sandbox();
  for (const value of values) {
    const ended = await box.waxseal(['set', NAME, '--exact', '-q'], { input: value });
    expect(ended.status, ended.err).toBe(0);
  }
  return box;
}

/** What applications start with. */
async function starts(box: Sandbox): Promise<string> {
  return (await box.waxseal(['exec', '-q', '--', '/bin/sh', '-c', `printf %s "$${NAME}"`])).out;
}

test('rollback gives an older value again, publishes it, and does nothing the second time', async () => {
  const box = await withValues('right', 'wrong');
  expect((await ends(box, 2, ['rollback', NAME])).err).toContain('--to');
  expect((await ends(box, 2, ['rollback', NAME, '--to', 'one'])).err).toContain('whole number');
  const unasked = await ends(box, 2, ['rollback', NAME, '--to', '1']);
  expect(unasked.err).toContain('--yes');
  await ends(box, 5, ['rollback', NAME, '--to', '1', '--yes', '--expect-revision', '1']);
  expect(await starts(box)).toBe('wrong');

  const done = await ends(box, 0, ['rollback', NAME, '--to', '1', '--yes', '--require', 'all']);
  expect(done.out).toBe(`${NAME} revision 3 has the value of revision 1\n`);
  expect(await starts(box)).toBe('right');
  const again = await ends(box, 0, ['rollback', NAME, '--to', '1', '--yes', '--json']);
  expect(JSON.parse(again.out)).toMatchObject({
    name: NAME,
    revision: 3,
    changed: false,
    from: 1,
    linked: true,
  });
  expect((await ends(box, 0, ['rollback', NAME, '--to', '1', '-y'])).out).toMatch(/^nothing to do: /);

  const missing = await ends(box, 3, ['rollback', NAME, '--to', '9', '--yes']);
  expect(missing.err).toContain('waxseal release list');
  expect(done.out + done.err + again.out + again.err).not.toMatch(/right|wrong/);
  const [one, all] = [
    await ends(box, 0, ['rollback', '--help']),
    await ends(box, 0, ['release', 'rollback', '--help']),
  ].map(({ out }) => out.replace(/\s+/g, ' '));
  expect(one).toContain('all secrets at once: release rollback');
  expect(all).toContain('one secret alone: waxseal rollback');
});

test.runIf(deep)('rollback says when the expiry that comes back has passed', async () => {
  const box = await withValues('one');
  // By the library: no command sets an expiry in the past.
  const script = `
    import { openVault } from ${JSON.stringify(join(ROOT, 'dist', 'start', 'index.js'))};
    const open = await openVault();
    await open.vault.set('${NAME}', Buffer.from('short'), { expiresAt: Date.UTC(2020, 0, 2) });
    await open.vault.set('${NAME}', Buffer.from('three'));
    await open.close();`;
  const ran = await box.start(NODE, ['--input-type=module', '-e', script]).ended;
  expect(ran.status, ran.err).toBe(0);
  const back = await ends(box, 0, ['rollback', NAME, '--to', '2', '--yes']);
  expect(back.err).toContain(`warning: ${NAME} revision 4 expired at 2020-01-02`);
  const got = JSON.parse((await ends(box, 0, ['get', NAME, '--json'])).out) as object;
  expect(got).toMatchObject({ value: 'short', expiresAt: '2020-01-02T00:00:00.000Z' });
});

test.runIf(deep)('undelete gives the last value again, and a purged name none', async () => {
  const box = await withValues('one', 'two');
  expect((await ends(box, 5, ['undelete', NAME, '--yes'])).err).toContain('rollback');
  await ends(box, 0, ['delete', NAME, '--yes']);
  expect((await ends(box, 3, ['rollback', NAME, '--to', '3', '--yes'])).err).toContain('waxseal delete');
  expect((await ends(box, 2, ['undelete', NAME])).err).toContain('--yes');
  const back = await ends(box, 0, ['undelete', NAME, '--yes']);
  expect(back.out).toBe(`${NAME} revision 4 has the value of revision 2\n`);
  expect(await starts(box)).toBe('two');
  await ends(box, 0, ['delete', NAME, '--yes']);
  await ends(box, 0, ['purge', NAME, '--yes']);
  const purged = await ends(box, 3, ['undelete', NAME, '--yes', '--json']);
  expect(JSON.parse(purged.err.trim().split('\n').at(-1) ?? '')).toMatchObject({
    error: { code: 'not_found', hint: expect.stringContaining('backup') },
  });
});

test.runIf(deep)(
  'history and diff show values only when asked to, and none that drives a terminal',
  async () => {
    const box = await withValues('a\nb\nc\n', 'a\nB\u{1B}[2J\nc', Buffer.from([0, 255, 7]));
    for (const args of [
      ['history', NAME],
      ['history', NAME, '--json'],
      ['diff', NAME, '1', '2', '--json'],
      ['diff', NAME, '1'],
    ]) {
      const ended = await ends(box, args[0] === 'diff' ? 5 : 0, args);
      expect(ended.out + ended.err).not.toMatch(/value(Base64)?"|^\s*[-+ ]?[abc]$|AP8H/m);
    }
    const told = await ends(box, 0, ['history', NAME, '--reveal']);
    expect(told.err).toContain('are shown');
    expect(told.out).toMatch(/^REVISION +SEALED \(UTC\) +BY +GENERATION +DATA KEY$/m);
    expect(told.out).toMatch(/^3 .* 1 +1\./m);
    expect(told.out).toContain('\nrevision 3 (binary, as base64):\n  AP8H\n');
    expect(told.out).toContain('\nrevision 2:\n  a\n  B\\u{1b}[2J\n  c\n');
    expect(JSON.parse((await ends(box, 0, ['history', NAME, '--reveal', '--json'])).out)).toMatchObject({
      history: [
        { revision: 3, binary: true, generation: 1, valueBase64: 'AP8H' },
        { revision: 2, binary: false, value: 'a\nB\u{1B}[2J\nc' },
        { revision: 1, value: 'a\nb\nc\n' },
      ],
    });

    const diff = await ends(box, 5, ['diff', NAME, '1', '2', '--reveal']);
    expect(diff.out.split('\n')).toEqual([
      `${NAME}: different`,
      expect.stringMatching(/^--- revision 1, sealed 20.* by /),
      expect.stringMatching(/^\+\+\+ revision 2, sealed 20.* by /),
      '@@ -1,3 +1,3 @@',
      ' a',
      '-b',
      '-c',
      '+B\\u{1b}[2J',
      '+c',
      '\\ no line break at the end',
      '',
    ]);
    expect((await ends(box, 5, ['diff', NAME, '1', '--reveal'])).out).toContain('binary, differs');
    const equal = await ends(box, 0, ['diff', NAME, '3']);
    expect(equal.out).toContain(`${NAME}: equal\n`);
    expect(equal.out).toContain('which stands');
    await ends(box, 3, ['diff', NAME, '1', '9']);
    await ends(box, 2, ['diff', NAME]);
  },
);

test.runIf(deep)('two vaults are compared whole', async () => {
  const vaults = { '/acme/a': { home: 'us-east-1' }, '/acme/b': { home: 'us-east-1' } };
  const box = sandbox({ aws: 'embedded', vaults });
  const set = (vault: string, name: string, value: string): Promise<Ended> =>
    ends(box, 0, ['set', name, '--vault', vault, '-q'], value);
  const both = ['--vault', '/acme/a', '--vault', '/acme/b'];
  for (const vault of ['/acme/a', '/acme/b']) await set(vault, 'SAME', 'shared-value');
  expect((await ends(box, 0, ['diff', ...both])).out).toBe('1 equal\n');
  await set('/acme/a', 'ONLY_A', 'hidden-one');
  await set('/acme/b', 'ONLY_B', 'hidden-two');
  await set('/acme/a', 'URL', 'hidden-three');
  await set('/acme/b', 'URL', 'hidden-four');
  const told = await ends(box, 5, ['diff', ...both]);
  expect(told.out).toBe('- ONLY_A\n+ ONLY_B\n~ URL\n1 equal\n');
  const json = await ends(box, 5, ['diff', ...both, '--json']);
  expect(JSON.parse(json.out)).toEqual({
    vaults: [expect.objectContaining({ vault: '/acme/a' }), expect.objectContaining({ vault: '/acme/b' })],
    onlyIn: [['ONLY_A'], ['ONLY_B']],
    different: [{ name: 'URL' }],
    equal: 1,
  });
  expect(told.err + json.out + json.err).not.toContain('hidden');
  const shown = await ends(box, 5, ['diff', ...both, '--reveal', '--json']);
  expect(JSON.parse(shown.out)).toMatchObject({
    different: [{ name: 'URL', values: [{ value: 'hidden-three' }, { value: 'hidden-four' }] }],
  });
  expect((await ends(box, 5, ['diff', ...both, '--reveal'])).out).toContain(
    '~ URL\n    @@ -1,1 +1,1 @@\n    -hidden-three\n',
  );
  await ends(box, 2, ['diff', '--vault', '/acme/a']);
  await ends(box, 2, ['diff', 'URL', '1', ...both]);
  await ends(box, 2, ['diff', ...both, '--vault', '/acme/c']);
});

test.runIf(deep)(
  'at a terminal a rollback shows what it is about to do, and only a yes does it',
  async () => {
    const box = await withValues('right', 'wrong');
    const asks = (screen: string): boolean =>
      screen.includes(`roll ${NAME} back to the value of revision 1? [y/N]`);
    const args = ['rollback', NAME, '--to', '1'];
    const no = openTerminal(box, { ...SIZE, args });
    await no.until('it asks', asks);
    expect(no.screen()).toMatch(/stands: revision 2, sealed .* UTC by /);
    expect(no.screen()).toMatch(/goes back to the value of: revision 1, sealed/);
    no.press(`n${KEY.enter}`);
    expect(await no.ended()).toBe(1);
    expect(await starts(box)).toBe('wrong');

    // The answer is about what was shown: what somebody writes meanwhile is not written over.
    const late = openTerminal(box, { ...SIZE, args });
    await late.until('it asks', asks);
    const local = await box.waxseal(['set', NAME, '-q'], { input: 'newer' });
    expect(local.status, local.err).toBe(0);
    late.press(`y${KEY.enter}`);
    expect(await late.ended()).toBe(5);
    expect(await starts(box)).toBe('newer');

    const yes = openTerminal(box, { ...SIZE, args: [...args, '--expect-revision', '3'] });
    await yes.until('it asks', asks);
    yes.press(`y${KEY.enter}`);
    expect(await yes.ended()).toBe(0);
    expect(yes.screen()).toContain(`${NAME} revision 4 has the value of revision 1`);
    expect(await starts(box)).toBe('right');
    expect(yes.raw() + no.raw()).not.toContain('right');
    const nothing = openTerminal(box, { ...SIZE, args });
    expect(await nothing.ended()).toBe(0);
    expect(nothing.screen()).toContain('nothing to do');
  },
);

test.runIf(deep)(
  'a rollback is the way out of a write by hand, and goes on in a replica that acts as home',
  async () => {
    const box = await withValues('right', 'wrong');
    const local = await startLocal(box);
    await local.plant('us-east-1', `/acme/dev/${NAME}`, 'by hand');
    await ends(box, 6, ['get', NAME]);
    await ends(box, 0, ['rollback', NAME, '--to', '1', '--yes']);
    expect((await ends(box, 0, ['get', NAME])).out).toBe('right');
    await ends(box, 0, ['delete', NAME, '--yes']);
    await ends(box, 0, ['local', 'fault', 'us-east-1', 'down']);
    expect((await ends(box, 1, ['undelete', NAME, '--yes'])).err).toContain('--act-as-home');
    const acted = await ends(box, 0, ['undelete', NAME, '--yes', '--json', '--act-as-home', 'eu-west-1']);
    expect(JSON.parse(acted.out)).toMatchObject({ revision: 5, from: 3, actedAsHome: 'eu-west-1' });
    await local.stop();
  },
);
