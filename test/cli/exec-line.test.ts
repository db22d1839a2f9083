/** The quick reader of `exec` lines and commander read the same table: where the first says anything, they agree. */
import { Writable } from 'node:stream';
import * as fc from 'fast-check';
import { beforeAll, expect, it, vi } from 'vitest';
import { EXEC } from '../../cli/commands/exec-table.ts';
import type { CommandContext } from '../../cli/context.ts';
import { type ExecLine, readExecLine } from '../../cli/exec-line.ts';
import { runCommandLine } from '../../cli/program.ts';
import { checkProperty } from '../support/seed.ts';

beforeAll(() => void vi.stubGlobal('WAXSEAL_VERSION', '0.0.0'));

function silentContext(): CommandContext {
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  return {
    stdin: process.stdin,
    stdout: sink,
    stderr: sink,
    env: {},
    cwd: '/',
    signal: new AbortController().signal,
    streamsUntouched: false,
    interrupt: () => {},
  };
}

/** What commander makes of a line; undefined when it would run nothing. */
async function byCommander(argv: readonly string[]): Promise<ExecLine | undefined> {
  let line: ExecLine | undefined;
  const run = async (_: CommandContext, args: readonly string[], options: object): Promise<undefined> => {
    line = { args, options: { ...options } };
  };
  await runCommandLine(silentContext(), argv, [{ ...EXEC, load: async () => ({ run }) }]);
  return line;
}

it.each<[string[], ExecLine]>([
  [['exec', 'true'], { args: ['true'], options: {} }],
  [
    ['exec', '--', 'node', 'app.js', '-q', '--', 'x'],
    { args: ['node', 'app.js', '-q', '--', 'x'], options: {} },
  ],
  [['exec', '-q', 'sh', '-c', 'x'], { args: ['sh', '-c', 'x'], options: { quiet: true } }],
  [['exec', '--large', 'true'], { args: ['true'], options: { large: true } }],
  [['exec', '--large', '--no-large', 'true'], { args: ['true'], options: { large: false } }],
  [['--vault', '/a', 'exec', 'true'], { args: ['true'], options: { vault: '/a' } }],
  [['exec', '--vault', '/a', '--vault=/b', 'true'], { args: ['true'], options: { vault: ['/a', '/b'] } }],
  [
    ['exec', '--only', 'A', 'B', '--only', 'C', '--strict-file', 'f', '--', 'true'],
    { args: ['true'], options: { only: ['A', 'B', 'C'], strictFile: 'f' } },
  ],
])('reads %j', async (argv, expected) => {
  expect(readExecLine(argv)).toEqual(expected);
  expect(await byCommander(argv)).toEqual(expected);
});

it.each([
  [['exec']],
  [['exec', '--']],
  [['exec', '--help']],
  [['exec', '--colour', 'true']],
  [['exec', '--quiet=yes', 'true']],
  [['exec', '--vault']],
  [['exec', '--only', 'A', 'true']],
  [['get', 'exec']],
  [['--version', 'exec', 'true']],
])('leaves %j to commander', (argv) => expect(readExecLine(argv)).toBeUndefined());

const FLAGS = (EXEC.options ?? []).flatMap(([flags]) =>
  flags.split(/[ ,]+/).filter((one) => one.startsWith('-')),
);
const WORDS = [
  ...[
    ...FLAGS,
    ...FLAGS.map((flag) => `${flag}=x`),
    '--',
    '--',
    '-',
    '',
    '-1',
    '-1.5',
    '-.5e1',
    '-qq',
    '-qx',
  ],
  ...[
    'exec',
    'exec',
    'true',
    'node',
    'A',
    'B',
    '/acme/dev',
    '--unknown',
    '--unknown=x',
    '-h',
    '--help',
    '-V',
  ],
];

it('never says anything else than commander', async () => {
  let read = 0;
  const words = (maxLength: number): fc.Arbitrary<string[]> =>
    fc.array(fc.constantFrom(...WORDS), { maxLength });
  const before = fc.oneof(fc.constant([]), fc.constantFrom(['--vault', '/a'], ['--vault=/a']), words(2));
  const property = fc.asyncProperty(before, words(8), async (global, own) => {
    const argv = [...global, 'exec', ...own];
    const quick = readExecLine(argv);
    if (quick === undefined) return;
    read++;
    expect(await byCommander(argv)).toEqual(quick);
  });
  await checkProperty('exec lines', property, { small: 2000, full: 50_000 });
  expect(read).toBeGreaterThan(100);
});
