/** import: three formats, dry runs, a second time, and being interrupted in the middle. */

import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { cases, deep } from '../support/seed.ts';
import { startLocal } from './support/aws.ts';
import { NODE, type Sandbox, sandbox } from './support/sandbox.ts';
import { until } from './support/until.ts';

const DOTENV = `# a comment\nDATABASE_URL="postgres://u:p@db/x?y=z"\nexport GREETING='hello world'\nMULTI="one\ntwo"\nEMPTY=\n`;
const JSON_FILE = JSON.stringify({
  DATABASE_URL: 'postgres://json',
  smtp: { host: 'mail', password: 'p#w' },
});
const YAML_FILE = `DATABASE_URL: postgres://yaml\nZIP: 0123\nsmtp:\n  password: "p#w"\nKEY: !!binary AP8K\nPEM: |\n  a\n  b\n`;

/** What a process that is started with the vault finds, variable by variable. */
async function environmentOf(box: Sandbox): Promise<Record<string, string>> {
  const file = join(box.tmp, 'environment.json');
  const script = `require('node:fs').writeFileSync(${JSON.stringify(file)}, JSON.stringify(process.env))`;
  const ended = await box.waxseal(['exec', '--quiet', '--', NODE, '-e', script]);
  expect(ended).toMatchObject({ status: 0, out: '', err: '' });
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
}

const FILES = [
  [
    'secrets.env',
    'dotenv',
    DOTENV,
    { DATABASE_URL: 'postgres://u:p@db/x?y=z', GREETING: 'hello world', MULTI: 'one\ntwo', EMPTY: '' },
  ],
  [
    'secrets.json',
    'json',
    JSON_FILE,
    { DATABASE_URL: 'postgres://json', 'smtp/host': 'mail', 'smtp/password': 'p#w' },
  ],
  [
    'secrets.yaml',
    'yaml',
    YAML_FILE,
    {
      DATABASE_URL: 'postgres://yaml',
      ZIP: '0123',
      'smtp/password': 'p#w',
      KEY: '\0\u{FF}\n',
      PEM: 'a\nb\n',
    },
  ],
] as const;

// What each format means is tested where it is read.
test.each(deep ? FILES : FILES.slice(-1))(
  '%s is imported whole, and a second time changes nothing',
  async (name, format, text, expected) => {
    const box = sandbox();
    writeFileSync(join(box.cwd, name), text);
    const count = Object.keys(expected).length;

    const dry = await box.waxseal(['import', name, '--dry-run']);
    const plan = Object.keys(expected).map((secret) => `+ ${secret}\n`);
    expect(dry).toMatchObject({
      status: 0,
      out: `${plan.join('')}${count} would be added, 0 would be changed, 0 unchanged\n`,
    });
    expect(JSON.parse((await box.waxseal(['list', '--json'])).out)).toMatchObject({ secrets: [] });

    expect(await box.waxseal(['import', name])).toMatchObject({
      status: 0,
      out: `${count} added, 0 changed, 0 unchanged\n`,
    });
    for (const [secret, value] of Object.entries(expected)) {
      const got = await box.waxseal(['get', secret]);
      expect(got.stdout.toString(secret === 'KEY' ? 'latin1' : 'utf8'), secret).toBe(value);
    }
    const again = await box.waxseal(['import', '-', '--format', format, '--json'], { input: text });
    expect(JSON.parse(again.out)).toMatchObject({ added: [], changed: [], unchanged: { length: count } });
    const { out } = await box.waxseal(['list', '--json']);
    const revisions = (JSON.parse(out) as { secrets: { revision: number }[] }).secrets.map(
      ({ revision }) => revision,
    );
    expect(new Set(revisions)).toEqual(new Set([1]));
  },
);

test('a dry run tells what would change, and changes nothing', async () => {
  const box = sandbox();
  writeFileSync(join(box.cwd, 'a.env'), 'SAME=1\nOTHER=old-value-q7\n');
  expect((await box.waxseal(['import', 'a.env'])).status).toBe(0);
  writeFileSync(join(box.cwd, 'a.env'), 'SAME=1\nOTHER=new-value-q7\nADDED=x\n');
  const dry = await box.waxseal(['import', 'a.env', '-n']);
  expect(dry.out).toBe('+ ADDED\n~ OTHER\n1 would be added, 1 would be changed, 1 unchanged\n');
  expect(dry.out + dry.err).not.toContain('value-q7');
  expect((await box.waxseal(['get', 'OTHER'])).out).toBe('old-value-q7');
});

test.each(
  cases(1, [
    ['broken.json', '{\n  "A": "planted-q7",\n  "B": planted-q7\n}\n', 'broken.json:3'],
    ['broken.yaml', 'A: planted-q7\nB: [planted-q7]\n', 'broken.yaml:2'],
    ['broken.env', 'A=planted-q7\nplanted-q7 without a name\n', 'broken.env:2'],
    ['names.json', '{\n  "A": "planted-q7",\n  "not a name": "planted-q7"\n}', 'names.json:3'],
  ]),
)('%s is refused with file and line, nothing of it is written or quoted', async (name, text, place) => {
  const box = sandbox();
  writeFileSync(join(box.cwd, name), text);
  const ended = await box.waxseal(['import', name], { env: { WAXSEAL_DEBUG: '1' } });
  expect([ended.status, ended.out]).toEqual([2, '']);
  expect(ended.err).toContain(place);
  expect(ended.err).not.toContain('planted-q7');
  expect(JSON.parse((await box.waxseal(['list', '--json'])).out)).toMatchObject({ secrets: [] });
});

test.runIf(deep)('one value that is too large stops the import before anything is written', async () => {
  const box = sandbox();
  writeFileSync(
    join(box.cwd, 'a.json'),
    JSON.stringify({ A: 'x', BIG: randomBytes(50_000).toString('base64') }),
  );
  const ended = await box.waxseal(['import', 'a.json']);
  expect(ended).toMatchObject({ status: 1, out: '' });
  expect(ended.err).toContain('BIG');
  expect(ended.err).toContain('[value_too_large]');
  expect(JSON.parse((await box.waxseal(['list', '--json'])).out)).toMatchObject({ secrets: [] });
});

test.runIf(deep)(
  'Ctrl-C in the middle of an import: it says how to go on, and the same import goes on',
  async () => {
    const box = sandbox();
    const expected = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`KEY_${i}`, `${i} ${randomBytes(16).toString('base64')}`]),
    );
    writeFileSync(join(box.cwd, 'many.json'), JSON.stringify(expected));
    const local = await startLocal(box);
    // Slow enough that the signal comes in the middle on any machine.
    const slow = ['local', 'fault', '*', 'latency', '--ms', '150', '--operation', 'PutParameter'];
    expect((await box.waxseal(slow)).status).toBe(0);
    const importing = box.startWaxseal(['import', 'many.json']);
    const ssm = local.ssm('us-east-1');
    await until('the first secrets are written', async () => {
      const { Parameters = [] } = await ssm.send(new GetParametersByPathCommand({ Path: '/acme/dev' }));
      return Parameters.length >= 10 ? true : undefined;
    });
    importing.kill('SIGINT');
    const ended = await importing.ended;
    expect(ended).toMatchObject({ status: 130, signal: null, out: '' });
    const [, done] = /(\d+) of 300 secrets are in place/.exec(ended.err) ?? [];
    expect(Number(done)).toBeGreaterThan(0);
    expect(Number(done)).toBeLessThan(300);
    expect(ended.err).toContain('run the same import again');

    expect((await box.waxseal(['local', 'fault', '*', 'up'])).out).toBe('no faults\n');
    const again = JSON.parse((await box.waxseal(['import', 'many.json', '--json'])).out) as {
      readonly added: readonly string[];
      readonly changed: readonly string[];
      readonly unchanged: readonly string[];
    };
    expect(again.changed).toEqual([]);
    expect(again.unchanged.length).toBeGreaterThanOrEqual(Number(done));
    expect(again.added.length + again.unchanged.length).toBe(300);
    expect(await environmentOf(box)).toMatchObject(expected);
    const { out } = await box.waxseal(['list', '--json']);
    const { secrets } = JSON.parse(out) as {
      secrets: { revision: number; copies: Record<string, string> }[];
    };
    expect(secrets).toHaveLength(300);
    for (const { revision, copies } of secrets) {
      expect([revision, ...Object.values(copies)]).toEqual([1, 'equal', 'equal']);
    }
  },
);
