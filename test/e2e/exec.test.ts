/** exec becomes the command: its pid, its signals, its streams, its environment, and nothing of ours beside it. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLocal } from './support/aws.ts';
import { CLI, createSandbox, type Ended, NODE, type Sandbox } from './support/sandbox.ts';

const SECRETS = { DATABASE_URL: 'postgres://db', 'smtp/password': 'p w' };
let box: Sandbox;

beforeAll(async () => {
  box = createSandbox();
  const input = JSON.stringify(SECRETS);
  expect((await box.waxseal(['import', '-', '--format', 'json'], { input })).status).toBe(0);
});
afterAll(() => box.close());

/** A shell line in which `$0` is the Node and `$1` the built command. */
function shell(line: string): Promise<Ended> {
  return box.start('/bin/sh', ['-c', line, NODE, CLI]).ended;
}

const exec = (...args: string[]): Promise<Ended> => box.waxseal(['exec', '-q', '--', ...args]);

test('the command has the pid that exec was started under, and its own name as argv[0]', async () => {
  const running = box.startWaxseal(['exec', '-q', '--', 'sh', '-c', 'echo $$ $0']);
  expect(await running.ended).toMatchObject({ status: 0, err: '', out: `${running.pid} sh\n` });
});

test('a signal that ends the command is the signal that the parent sees', async () => {
  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGHUP'] as const) {
    const script = "console.log('ready'); setInterval(() => {}, 1000)";
    const running = box.startWaxseal(['exec', '-q', '--', NODE, '-e', script]);
    await running.until('the command runs', (out) => out === 'ready\n');
    running.kill(signal);
    expect(await running.ended).toMatchObject({ status: null, signal });
  }
});

test('a command that ignores SIGTERM goes on', async () => {
  const script = `process.on('SIGTERM', () => console.log('ignored')); process.on('SIGUSR2', () => process.exit(3));
    setInterval(() => {}, 1000); console.log('ready');`;
  const running = box.startWaxseal(['exec', '-q', '--', NODE, '-e', script]);
  await running.until('the command runs', (out) => out === 'ready\n');
  running.kill('SIGTERM');
  await running.until('it had the signal', (out) => out === 'ready\nignored\n');
  running.kill('SIGUSR2');
  expect(await running.ended).toMatchObject({ status: 3, out: 'ready\nignored\n' });
});

test.each([0, 1, 7, 255])("exit status %i is the command's", async (status) => {
  expect(await exec('sh', '-c', `exit ${status}`)).toMatchObject({ status, out: '', err: '' });
});

test('a reader that has enough ends the command, without a word', async () => {
  const ended = await shell('{ "$0" "$1" exec -q -- yes; echo "status $?" >&2; } | head -1');
  // 128 and the number of SIGPIPE, as without waxseal.
  expect(ended).toMatchObject({ out: 'y\n', err: 'status 141\n' });
});

test('10 MB go in and come out byte for byte, through sockets and through pipes', async () => {
  const bytes = randomBytes(10 * 1024 * 1024);
  const ended = await box.waxseal(['exec', '-q', '--', 'cat'], { input: bytes });
  expect(ended).toMatchObject({ status: 0, err: '' });
  expect(ended.stdout.equals(bytes)).toBe(true);
  writeFileSync(join(box.cwd, 'bytes'), bytes);
  const piped = await shell('cat bytes | "$0" "$1" exec -q -- cat | cat');
  expect(piped).toMatchObject({ status: 0, err: '' });
  expect(piped.stdout.equals(bytes)).toBe(true);
});

test('the environment is as it was, and the secrets', async () => {
  const env = { OWN: 'kept', WAXSEAL_EXCEPT: '', LC_ALL: 'C' };
  const seen = async (file: string, args: string[]): Promise<Set<string>> => {
    const { out, status } = await box.start(file, args, { env }).ended;
    expect(status).toBe(0);
    return new Set(out.split('\0').filter((line) => line !== ''));
  };
  const before = await seen('/usr/bin/env', ['-0']);
  const after = await seen(NODE, [CLI, 'exec', '-q', '--', 'env', '-0']);
  expect(before.size).toBeGreaterThan(5);
  expect(after).toEqual(new Set([...before, 'DATABASE_URL=postgres://db', 'SMTP_PASSWORD=p w']));
});

describe.skipIf(process.platform !== 'linux')('as /proc has it', () => {
  /** The same program under exec and without it. */
  const both = async (line: string): Promise<readonly [Ended, Ended]> => [
    await shell(line.replaceAll('RUN', '"$0" "$1" exec -q --')),
    await shell(line.replaceAll('RUN', 'exec')),
  ];

  test('no file descriptor of ours is left open', async () => {
    const [under, without] = await both("RUN sh -c 'ls /proc/$$/fd' | cat");
    expect(under).toMatchObject({ status: 0, err: '' });
    expect(under.out).toMatch(/^0\n1\n2\n/);
    expect(under.out).toBe(without.out);
  });

  test('no connection of ours is left open either', async () => {
    const { endpoint, stop } = await startLocal(box);
    const [under, without] = await both(
      `export WAXSEAL_ENDPOINT='${endpoint}'; RUN sh -c 'echo $DATABASE_URL; ls -l /proc/$$/fd' | cat`,
    );
    expect(under.out).toMatch(/^postgres:/);
    const open = (out: string): readonly string[] => [...out.matchAll(/(\d+) -> /g)].map(([one]) => one);
    expect(open(under.out)).toEqual(open(without.out));
    await stop();
  });

  test.each(['', '--vault=/acme/dev'])(
    'no stream is left non-blocking, messages or not (%s)',
    async (option) => {
      const flags = 'cat > /dev/null; grep -h flags /proc/$$/fdinfo/0 /proc/$$/fdinfo/1 /proc/$$/fdinfo/2';
      const ended = await shell(`echo x | "$0" "$1" exec ${option} -- sh -c '${flags}' 2>&1 | cat`);
      expect(ended.out).toMatch(/^vault \/acme\/dev/);
      const found = [...ended.out.matchAll(/^flags:\s+(\d+)$/gm)].map(([, octal = '']) =>
        Number.parseInt(octal, 8),
      );
      expect(found).toHaveLength(3);
      const O_NONBLOCK = 0o4000;
      expect(found.map((one) => one & O_NONBLOCK)).toEqual([0, 0, 0]);
    },
  );

  test('no signal is left ignored or blocked', async () => {
    const [under, without] = await both("RUN grep -E 'Sig(Ign|Blk)' /proc/self/status");
    expect(under.out).toMatch(/^SigBlk:\s+0+\nSigIgn:\s+0+\n$/);
    expect(under.out).toBe(without.out);
  });
});

test('the embedded AWS is closed by then: another command opens it while this one runs', async () => {
  const script = "console.log('ready'); setInterval(() => {}, 1000)";
  const running = box.startWaxseal(['exec', '-q', '--', NODE, '-e', script]);
  await running.until('the command runs', (out) => out === 'ready\n');
  // The command has our pid, so what we held and did not give back would seem to be held still.
  const owner = JSON.parse(readFileSync(join(box.cwd, '.waxseal', 'owner.json'), 'utf8')) as object;
  expect(owner).toMatchObject({ pid: running.pid, closed: true });
  expect((await box.waxseal(['set', 'LATER'], { input: 'x' })).status).toBe(0);
  expect(await box.waxseal(['delete', 'LATER', '--yes'])).toMatchObject({ status: 0 });
  running.kill('SIGTERM');
  expect(await running.ended).toMatchObject({ signal: 'SIGTERM' });
});

test('messages come before the command has begun, and do not hinder it when nobody listens', async () => {
  const said = await box.waxseal(['exec', '--', 'sh', '-c', 'echo first >&2']);
  expect(said.err).toMatch(/^vault \/acme\/dev · embedded AWS in [^\n]*\nfirst\n$/);
  expect(await shell('"$0" "$1" exec -- echo started 2>&-')).toMatchObject({ status: 0, out: 'started\n' });
  const deaf = await shell('{ "$0" "$1" exec -- echo started 2>&1 >&3 | true; } 3>&1');
  expect(deaf).toMatchObject({ status: 0, out: 'started\n' });
});

test('Ctrl-C while it waits for AWS starts nothing', async () => {
  let asked = (): void => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const silent = createServer(() => asked());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const env = { WAXSEAL_ENDPOINT: `http://127.0.0.1:${port}` };
  const running = box.startWaxseal(['exec', '-q', '--', 'echo', 'started'], { env });
  await isAsked;
  running.kill('SIGINT');
  const ended = await running.ended;
  expect(ended).toMatchObject({ status: 130, out: '' });
  expect(ended.err).toContain('[cancelled]');
  silent.closeAllConnections();
  silent.close();
});
