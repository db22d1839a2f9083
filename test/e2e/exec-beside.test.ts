/** exec where it cannot become the command: it stays beside it and stands in for it. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findOtherNode } from './support/nodes.ts';
import { CLI, createSandbox, NODE, type Running, type Sandbox } from './support/sandbox.ts';

const other = findOtherNode();
let box: Sandbox;

beforeAll(async () => {
  box = createSandbox();
  expect((await box.waxseal(['set', 'TOKEN'], { input: 'planted' })).status).toBe(0);
});
afterAll(() => box.close());

// process.execve came with Node 22.15.
describe.skipIf(other === undefined || other.major >= 22)('under a Node that is older', () => {
  const start = (args: readonly string[], input?: Uint8Array): Running =>
    box.startWaxseal(['exec', '-q', '--', ...args], {
      node: other?.file ?? '',
      ...(input === undefined ? {} : { input }),
    });

  test('the command runs beside it, with the secrets, and its exit status is passed on', async () => {
    const running = start(['sh', '-c', 'echo $$ $TOKEN; exit 7']);
    const { status, out } = await running.ended;
    expect(status).toBe(7);
    expect(out).toMatch(/^\d+ planted\n$/);
    expect(out).not.toContain(`${running.pid} `);
  });

  test('streams go through', async () => {
    const bytes = randomBytes(1024 * 1024);
    const ended = await start(['cat'], bytes).ended;
    expect(ended).toMatchObject({ status: 0, err: '' });
    expect(ended.stdout.equals(bytes)).toBe(true);
    const line = '{ "$0" "$1" exec -q -- yes; echo "status $?" >&2; } | head -1';
    const piped = await box.start('/bin/sh', ['-c', line, other?.file ?? '', CLI]).ended;
    expect(piped).toMatchObject({ out: 'y\n', err: 'status 141\n' });
  });

  test('a command that ignores SIGTERM is waited for', async () => {
    const script = `process.on('SIGTERM', () => console.log('ignored')); process.on('SIGUSR2', () => process.exit(3));
      setInterval(() => {}, 1000); console.log('ready');`;
    const running = start([NODE, '-e', script]);
    await running.until('the command runs', (out) => out === 'ready\n');
    running.kill('SIGTERM');
    await running.until('it had the signal', (out) => out === 'ready\nignored\n');
    running.kill('SIGUSR2');
    expect(await running.ended).toMatchObject({ status: 3, out: 'ready\nignored\n' });
  });

  test('a signal that ends the command is 128 and its number', async () => {
    const running = start([NODE, '-e', "console.log('ready'); setInterval(() => {}, 1000)"]);
    await running.until('the command runs', (out) => out === 'ready\n');
    running.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ status: 143 });
  });
});
