import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';

const TERMINAL = new URL('../../cli/ui/terminal.ts', import.meta.url).href;

/** Runs a script in a process group of its own, sends it a signal when it is ready, and tells how it ended. */
async function run(
  script: string,
  signal?: NodeJS.Signals,
): Promise<{ said: string; by: unknown; status: unknown }> {
  const source = `import { guardEnding, stopJob } from ${JSON.stringify(TERMINAL)};\n${script}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (signal !== undefined && text.includes('ready')) child.kill(signal);
  });
  const [status, by] = await once(child, 'close');
  return { said, by, status };
}

const GUARDED = `
  const stay = setInterval(() => {}, 1000);
  const guard = guardEnding(() => { console.log('restored'); setImmediate(() => { guard.release(); clearInterval(stay); }); });
  console.log('ready');`;

describe.skipIf(process.platform === 'win32')('a signal that ends the process', () => {
  test.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)(
    '%s finds the terminal restored, and still ends it',
    async (signal) => {
      expect(await run(GUARDED, signal)).toEqual({ said: 'ready\nrestored\n', by: signal, status: null });
    },
  );

  test('is left to whoever listened before', async () => {
    const script = `process.on('SIGTERM', () => console.log('heard'));${GUARDED}`;
    expect(await run(script, 'SIGTERM')).toEqual({ said: 'ready\nheard\nrestored\n', by: null, status: 0 });
  });
});

describe.skipIf(process.platform === 'win32')('stopping', () => {
  test('goes on where no shell could continue it', async () => {
    expect(await run("await stopJob(); console.log('went on');")).toEqual({
      said: 'went on\n',
      by: null,
      status: 0,
    });
  });
});
