/** `waxseal generate`: a value that nobody sees, sealed. */
import { afterAll, describe, expect, test } from 'vitest';
import { cases, deep } from '../support/seed.ts';
import { createSandbox, type Ended, type Sandbox, sandbox } from './support/sandbox.ts';

const code = ({ err }: Ended): string | undefined => /\[(\w+)\]$/m.exec(err)?.[1];

/** A vault for tests that need no empty one. */
const shared = createSandbox();
afterAll(() => shared.close());

let count = 0;
/** A name that is not there yet. */
function fresh(): string {
  count += 1;
  return `GENERATED_${count}`;
}

async function value(box: Sandbox, name: string): Promise<string> {
  return (await box.waxseal(['get', name])).out;
}

describe('makes', () => {
  test.each(
    cases(2, [
      [[], /^[A-Za-z0-9]{32}$/, '32 characters out of 62: 190 bits'],
      [['--length', '50', '--alphabet', 'digits'], /^\d{50}$/, '50 characters out of 10: 166 bits'],
      [['--alphabet', 'letters'], /^[A-Za-z]{32}$/, '32 characters out of 52: 182 bits'],
      [['--alphabet', 'ascii', '--length', '24'], /^[!-~]{24}$/, '24 characters out of 94: 157 bits'],
      [['--alphabet', '🔑𝄞ab', '--length', '40'], /^[🔑𝄞ab]{40}$/u, '40 characters out of 4: 80 bits'],
      [['--hex', '16'], /^[0-9a-f]{32}$/, '16 bytes as hex: 128 bits'],
      [['--base64', '32'], /^[A-Za-z0-9+/]{43}=$/, '32 bytes as base64: 256 bits'],
      [
        ['--uuid'],
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        'a UUID: 122 bits',
      ],
    ]),
  )('%j', async (options, looks, said) => {
    const name = fresh();
    const made = await shared.waxseal(['generate', name, ...options]);
    expect(made, made.err).toMatchObject({ status: 0, out: `${name} revision 1\n` });
    expect(made.err).toContain(`generated ${said} of entropy\n`);
    expect(made.err).not.toContain('warning');
    const sealed = await value(shared, name);
    expect(sealed).toMatch(looks);
    expect(made.out + made.err).not.toContain(sealed);
  });

  test('another value each time', async () => {
    const names = [fresh(), fresh()];
    for (const name of names) await shared.waxseal(['generate', name]);
    expect(await value(shared, names[0] ?? '')).not.toBe(await value(shared, names[1] ?? ''));
  });

  test('and warns below 80 bits, with what would be enough', async () => {
    for (const [options, enough] of [
      [['--length', '6', '--alphabet', 'digits'], '--length 25 or more'],
      [['--hex', '9'], '--hex 10 or more'],
      [['--base64', '1'], '--base64 10 or more'],
    ] as const) {
      const made = await shared.waxseal(['generate', fresh(), ...options]);
      expect(made.status).toBe(0);
      expect(made.err).toContain(`warning: less than 80 bits can be guessed: ${enough}\n`);
    }
  });

  test('--json tells of it, and never the value', async () => {
    const name = fresh();
    const made = await shared.waxseal(['generate', name, '--hex', '20', '--expires', '90d', '--json', '-q']);
    expect(made.err).toBe('');
    expect(JSON.parse(made.out)).toMatchObject({
      name,
      revision: 1,
      changed: true,
      kind: 'hex',
      entropy: 160,
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
      behind: [],
    });
    expect(made.out).not.toContain(await value(shared, name));
    expect((await shared.waxseal(['get', name])).err).not.toContain('expired');
  });
});

test.runIf(deep)('a secret that is there stays, unless it is to be replaced', async () => {
  const box = sandbox();
  await box.waxseal(['set', 'A', '--expires', '30d'], { input: 'mine' });
  const refused = await box.waxseal(['generate', 'A']);
  expect([refused.status, refused.out, code(refused)]).toEqual([5, '', 'already_exists']);
  expect(refused.err).toContain('--replace');
  const stale = await box.waxseal(['generate', 'A', '--expect-revision', '7']);
  expect([stale.status, code(stale)]).toEqual([5, 'conflict']);
  const none = await box.waxseal(['generate', 'A', '--expect-revision', '0', '--replace']);
  expect([none.status, code(none)]).toEqual([5, 'conflict']);
  expect(await value(box, 'A')).toBe('mine');

  const onTop = await box.waxseal(['generate', 'A', '--expect-revision', '1']);
  expect(onTop).toMatchObject({ status: 0, out: 'A revision 2\n' });
  expect(onTop.err).toContain('note: A was to expire ');
  const replaced = await box.waxseal(['generate', 'A', '--replace']);
  expect(replaced).toMatchObject({ status: 0, out: 'A revision 3\n' });
  await box.waxseal(['delete', 'A', '--yes']);
  // What was deleted is not there.
  expect(await box.waxseal(['generate', 'A'])).toMatchObject({ status: 0, out: 'A revision 5\n' });
});

test.each([
  [['--uuid', '--hex', '16'], '--hex and --uuid contradict each other'],
  [['--hex', '16', '--base64', '16'], '--hex and --base64 contradict each other'],
  [['--uuid', '--length', '16'], '--uuid and --length contradict each other'],
  [['--base64', '16', '--alphabet', 'digits'], '--base64 and --alphabet contradict each other'],
  [['--length', '0'], '--length expected at least 1'],
  [['--hex', '0'], '--hex expected at least 1'],
  [['--length', 'many'], '--length expected a whole number'],
  [['--alphabet', 'a'], 'the alphabet needs at least two characters'],
  [['--alphabet', 'aab'], 'the alphabet holds a more than once'],
  [['--expires', '2020-01-01'], '--expires expected a time to come'],
  [['--expect-revision', 'x'], '--expect-revision expected a whole number'],
])('%j is a mistake', async (options, said) => {
  const ended = await shared.waxseal(['generate', 'MISTAKE', ...options]);
  expect([ended.status, ended.out, code(ended)]).toEqual([2, '', 'usage']);
  expect(ended.err).toContain(said);
});

test('a value that does not fit is refused by the vault, a bad name too', async () => {
  const large = await shared.waxseal(['generate', fresh(), '--base64', '60000']);
  expect([large.status, code(large)]).toEqual([1, 'value_too_large']);
  const named = await shared.waxseal(['generate', '/absolute']);
  expect([named.status, code(named)]).toEqual([2, 'invalid_name']);
});
