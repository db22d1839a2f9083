/** Plants recognisable secrets through every door, works with them, and looks for them where they must not be. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { deep, tried } from '../support/seed.ts';
import { findIn } from './support/forms.ts';
import { type Ended, NODE, type Sandbox, type StartOptions, sandbox } from './support/sandbox.ts';
import { KEY, openTerminal } from './support/terminal.ts';

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The command lines of all processes of the machine, as anybody may read them, as often as can be. */
function watchCommandLines(): { readonly seen: Set<string>; stop(): void } {
  const seen = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const start = performance.now();
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      try {
        seen.add(readFileSync(join('/proc', name, 'cmdline'), 'latin1').replaceAll('\0', ' '));
      } catch {
        // It ended while it was looked at.
      }
    }
    // A third of the time at most: on a machine with many processes the test itself has to get on.
    timer = setTimeout(look, Math.max(30, 2 * (performance.now() - start)));
  };
  if (process.platform === 'linux') look();
  return { seen, stop: () => clearTimeout(timer) };
}

async function pasteIntoApp(box: Sandbox, name: string, value: string): Promise<string> {
  const terminal = openTerminal(box, { columns: 100, rows: 30 });
  await terminal.until('the vault is listed', (screen) => /\d secrets?/.test(screen));
  terminal.press('a');
  await terminal.until('the form is open', (screen) => screen.includes('add a secret'));
  terminal.paste(name);
  await terminal.until('the name is there', (screen) => screen.includes(`${name}▏`));
  terminal.press(KEY.enter);
  await terminal.until('the value field has the cursor', (screen) => /value\s+▏/.test(screen));
  terminal.paste(value);
  await terminal.until('the paste has arrived', (screen) => screen.includes('••••••••'));
  terminal.press(KEY.enter);
  await terminal.until('it is saved', (screen) => screen.includes(`saved ${name}, revision 1`));
  terminal.press('q');
  expect(await terminal.ended()).toBe(0);
  return terminal.raw();
}

test('the search finds what it looks for, in every form and alignment', () => {
  const secret = `planted ${randomBytes(15).toString('base64')}`;
  const around = (bytes: Buffer): boolean => findIn(bytes, { secret }).length === 1;
  for (const shift of [0, 1, 2, 3]) {
    const bytes = Buffer.concat([randomBytes(shift), Buffer.from(secret), randomBytes(shift)]);
    expect(around(bytes)).toBe(true);
    for (const encoding of ['base64', 'base64url', 'hex'] as const) {
      expect(around(Buffer.from(bytes.toString(encoding))), `${encoding}, ${shift}`).toBe(true);
    }
  }
  expect(around(randomBytes(5000))).toBe(false);
});

test.runIf(deep)(
  'a secret is nowhere but where it was asked for',
  async () => {
    const box = sandbox();
    const secrets = {
      PIPED: `pipe-${randomBytes(21).toString('base64')}`,
      FROM_FILE: `file-${randomBytes(21).toString('base64')}`,
      PASTED: `paste-${randomBytes(21).toString('base64')}`,
      IMPORTED: `import-${randomBytes(21).toString('base64')}`,
      COMPRESSED: `zip-${randomBytes(6).toString('hex')}`.repeat(40),
    };
    // What the user keeps on disk is the user's: it lies outside of what is searched.
    const inputs = box.folder('inputs');
    const file = join(inputs, 'value.txt');
    writeFileSync(file, secrets.FROM_FILE);
    const dotenv = join(inputs, 'secrets.env');
    writeFileSync(dotenv, `IMPORTED="${secrets.IMPORTED}"\nCOMPRESSED="${secrets.COMPRESSED}"\n`);
    const broken = join(inputs, 'broken.json');
    writeFileSync(broken, `{ "A": "${secrets.IMPORTED}", "B": ${secrets.PIPED} }`);
    const large = join(inputs, 'large.json');
    writeFileSync(large, JSON.stringify({ LARGE: secrets.PIPED + randomBytes(40_000).toString('hex') }));

    const commandLines = watchCommandLines();
    onTestFinished(commandLines.stop);
    const said: { readonly what: string; readonly bytes: Buffer }[] = [];
    const run = async (
      args: readonly string[],
      expected: number,
      options: StartOptions = {},
    ): Promise<Ended> => {
      const env = { WAXSEAL_DEBUG: '1', ...options.env };
      const ended = await box.waxseal(args, { ...options, env });
      const what = args.join(' ');
      expect(ended.status, `${what}\n${ended.err}`).toBe(expected);
      said.push({ what, bytes: Buffer.concat([ended.stdout, Buffer.from(ended.err)]) });
      return ended;
    };
    await run(['set', 'PIPED'], 0, { input: `${secrets.PIPED}\n` });
    await run(['set', 'FROM_FILE', '--file', file, '--json'], 0);
    await run(['import', dotenv, '--dry-run'], 0);
    await run(['import', dotenv, '--json'], 0);
    said.push({ what: 'the app', bytes: Buffer.from(await pasteIntoApp(box, 'PASTED', secrets.PASTED)) });
    await run(['set', 'OTHER'], 0, { input: 'not one of them' });
    await run(['import', broken], 2);
    await run(['import', large], 1);
    await run(['set', 'PIPED', '--expect-revision', '9'], 5, { input: secrets.PIPED });
    await run(['set', 'not a name'], 2, { input: secrets.PIPED });
    await run(['set', 'PIPED', secrets.PIPED], 2);
    await run(['list'], 0);
    await run(['list', '--json'], 0);
    await run(['get', 'OTHER', '--json'], 0);
    await run(['get', 'MISSING', '--json'], 3);
    await run(['history', 'PIPED'], 0);
    await run(['history', 'IMPORTED', '--json'], 0);
    await run(['env'], 0);
    await run(['exec', '--', 'no-such-command'], 127);
    await run(['exec', '--', NODE, '-e', 'process.exit(process.env.PASTED ? 3 : 4)'], 3);
    await run(['exec', '--', '/bin/sh', '-c', 'exit 5'], 5, { env: { PIPED: 'own' } });
    await run(['set', 'LD_PRELOAD'], 0, { input: secrets.FROM_FILE });
    await run(['exec', '--', '/bin/sh', '-c', 'exit 0'], 2);
    await run(['local', 'fault', 'us-east-1', 'down'], 0);
    await run(['list', '--json'], 0);
    await run(['set', 'FROM_FILE'], 1, { input: secrets.FROM_FILE });
    await run(['local', 'fault', 'us-east-1', 'up'], 0);
    await run(['delete', 'PIPED', '--yes', '--json'], 0);
    commandLines.stop();

    // The one command line that held it is the refused one, which the user typed.
    const typed = `set PIPED ${secrets.PIPED}`;
    for (const { what, bytes } of said)
      expect(findIn(bytes, secrets), what.replace(typed, 'set PIPED …')).toEqual([]);
    const lines = [...commandLines.seen].filter((line) => !line.includes(typed));
    for (const line of lines) expect(findIn(Buffer.from(line), secrets), line.slice(0, 60)).toEqual([]);
    if (process.platform === 'linux') expect(lines.join('\n')).toContain('history IMPORTED');

    const files = [box.cwd, box.home, box.stateHome, box.tmp].flatMap(filesBelow);
    expect(files).toContain(join(box.cwd, '.waxseal', 'journal.log'));
    for (const path of files) expect(findIn(readFileSync(path), secrets), path).toEqual([]);
    tried(
      'outputs, command lines and files searched for plaintext',
      said.length + lines.length + files.length,
    );

    for (const name of ['FROM_FILE', 'PASTED', 'IMPORTED', 'COMPRESSED'] as const) {
      expect((await box.waxseal(['get', name])).out).toBe(secrets[name]);
    }
  },
  deep ? 300_000 : 90_000,
);
