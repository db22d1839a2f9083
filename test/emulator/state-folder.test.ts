import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connectEmulator, startEmulator } from '../../src/emulator/index.ts';
import { open } from './processes.ts';
import { type Clients, clients, code, folder } from './support.ts';

const isRoot = process.getuid?.() === 0;
/** A user who is nobody in particular; root may write anywhere, whatever the mode says. */
const nobody = 65_534;

const refusal = (stateDir: string): Promise<unknown> =>
  connectEmulator({ stateDir }).then(
    (connection) => connection.close(),
    (error: unknown) => error,
  );

async function prepared(stateDir: string): Promise<void> {
  const emulator = await startEmulator({ stateDir });
  await clients(emulator.endpoint).ssm.putParameter({ Name: '/kept', Value: 'v', Type: 'String' });
  await emulator.close();
}

async function expectKept(stateDir: string): Promise<void> {
  const emulator = await startEmulator({ stateDir });
  const { Parameter } = await clients(emulator.endpoint).ssm.getParameter({ Name: '/kept' });
  await emulator.close();
  expect(Parameter?.Value).toBe('v');
}

/** Writes until the disk takes no more; gives the names that were acknowledged. */
async function fill({ ssm, kms }: Clients): Promise<string[]> {
  const names: string[] = [];
  const Value = 'x'.repeat(4000);
  for (let n = 0; n < 500; n++) {
    const Name = `/full/${n}`;
    try {
      await ssm.putParameter({ Name, Value, Type: 'String' });
      names.push(Name);
    } catch (error) {
      expect(error).toMatchObject({ name: 'InternalServerError', $metadata: { httpStatusCode: 500 } });
      expect(await code(ssm.getParameter({ Name })), 'what failed is not visible').toBe('ParameterNotFound');
      expect(await code(kms.createKey({ Description: Value + Value }))).toBe('KMSInternalException');
      expect((await kms.listKeys({})).Keys).toEqual([]);
      expect((await ssm.getParameter({ Name: names[0] ?? '' })).Parameter?.Value).toBe(Value);
      return names;
    }
  }
  throw new Error('the disk was never full');
}

async function listed({ ssm }: Clients): Promise<string[]> {
  const names: string[] = [];
  for (let n = 0; ; n++) {
    const { Parameters = [] } = await ssm.getParameters({ Names: [`/full/${n}`] });
    if (Parameters.length === 0) return names;
    names.push(Parameters[0]?.Name ?? '');
  }
}

test('files that may not grow: the write answers 500, is nowhere, and all others stay', async () => {
  const stateDir = await folder();
  const limited = ['sh', '-c', 'ulimit -f 300 && exec "$0" "$@"', process.execPath];
  const { child, endpoint } = await open(stateDir, { command: limited });
  const names = await fill(clients(endpoint));
  child.stdin?.end();
  const again = await startEmulator({ stateDir });
  expect(await listed(clients(again.endpoint))).toEqual(names);
  await clients(again.endpoint).ssm.putParameter({ Name: '/full/more', Value: 'v', Type: 'String' });
  await again.close();
});

test.skipIf(!isRoot || process.platform !== 'linux')(
  'a full disk (needs root for a small one)',
  async (context) => {
    const stateDir = await folder();
    await mkdir(stateDir, { mode: 0o700 });
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=0700', 'tmpfs', stateDir], {
        stdio: 'ignore',
      });
    } catch {
      return context.skip('mounting is not allowed here');
    }
    onTestFinished(() => void execFileSync('umount', ['-l', stateDir]));
    const filler = join(stateDir, 'filler');
    await writeFile(filler, Buffer.alloc(64 * 1024), { mode: 0o600 });
    const first = await startEmulator({ stateDir });
    const names = await fill(clients(first.endpoint));
    await first.close();
    expect(await refusal(stateDir)).toMatchObject({ code: 'emulator_state_unusable', message: /ENOSPC/ });
    await rm(filler);
    const again = await startEmulator({ stateDir });
    expect(await listed(clients(again.endpoint))).toEqual(names);
    await again.close();
  },
);

test('a folder that can not be written is refused and left as it is', async () => {
  const stateDir = await folder();
  await prepared(stateDir);
  const before = await readdir(stateDir);
  if (isRoot) {
    await chown(dirname(stateDir), nobody, nobody);
    for (const path of [stateDir, ...before.map((name) => join(stateDir, name))])
      await chown(path, nobody, nobody);
  }
  await chmod(stateDir, 0o500);
  const as = isRoot ? { spawn: { uid: nobody, gid: nobody } } : {};
  expect((await open(stateDir, as)).error).toBe('emulator_state_unusable');
  expect(await readdir(stateDir)).toEqual(before);
  await chmod(stateDir, 0o700);
  const { endpoint, child } = await open(stateDir, as);
  expect((await clients(endpoint).ssm.getParameter({ Name: '/kept' })).Parameter?.Value).toBe('v');
  child.stdin?.end();
});

test.skipIf(!isRoot)('a folder of another user (needs root to make one)', async () => {
  const stateDir = await folder();
  await prepared(stateDir);
  await chown(stateDir, nobody, nobody);
  expect(await refusal(stateDir)).toMatchObject({ code: 'emulator_state_foreign_owner' });
  await chown(stateDir, 0, 0);
  await chown(join(stateDir, 'journal.log'), nobody, nobody);
  expect(await refusal(stateDir)).toMatchObject({ code: 'emulator_state_foreign_owner' });
  await chown(join(stateDir, 'journal.log'), 0, 0);
  await expectKept(stateDir);
});

test('a path that is a file, or lies under one', async () => {
  const path = await folder();
  await writeFile(path, '', { mode: 0o600 });
  for (const stateDir of [path, join(path, 'below')])
    expect(await refusal(stateDir)).toMatchObject({ code: 'emulator_state_unusable' });
});

test.each(['', '{', 'null', '{"version":1}', '[]', '\0'])(
  'an owner.json that holds %j costs nothing but its deletion',
  async (garbage) => {
    const stateDir = await folder();
    await prepared(stateDir);
    const path = join(stateDir, 'owner.json');
    await writeFile(path, garbage);
    expect(await refusal(stateDir)).toMatchObject({
      code: 'emulator_state_broken',
      message: expect.stringContaining('can be deleted'),
    });
    expect(await readFile(path, 'utf8')).toBe(garbage);
    await rm(path);
    await expectKept(stateDir);
  },
);

test('an owner of a newer version is not touched', async () => {
  const stateDir = await folder();
  await prepared(stateDir);
  const path = join(stateDir, 'owner.json');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('"version":1', '"version":2'));
  expect(await refusal(stateDir)).toMatchObject({ code: 'emulator_state_newer' });
  await writeFile(path, text);
  await expectKept(stateDir);
});

test('a snapshot that was not finished is of no account', async () => {
  const stateDir = await folder();
  await prepared(stateDir);
  await writeFile(join(stateDir, 'snapshot.log.new'), '{"waxseal":"snap', { mode: 0o600 });
  await expectKept(stateDir);
  expect((await stat(join(stateDir, 'journal.log'))).size).toBeGreaterThan(100);
});
