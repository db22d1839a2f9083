/** The bar of work that is counted in bytes. */
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CommandContext } from '../../cli/context.ts';
import { startByteProgress } from '../../cli/progress.ts';

const MIB = 1024 * 1024;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

/** A terminal that remembers what was written to it. */
function terminal(isTTY: boolean): { readonly context: CommandContext; readonly told: () => string } {
  const stderr = Object.assign(new PassThrough(), { isTTY });
  return {
    context: { stderr } as unknown as CommandContext,
    told: () => String((stderr.read() as Buffer | null) ?? ''),
  };
}

test('shows what is done, of how much, the rate and the time left, ten times a second, also while nothing comes', () => {
  const { context, told } = terminal(true);
  const progress = startByteProgress(context, {}, 'sealing', 100 * MIB);
  progress.update(50 * MIB);
  expect(told()).toBe('');
  vi.advanceTimersByTime(2000);
  const drawn = told().split('\r\u001B[K').slice(1);
  expect(drawn).toHaveLength(20);
  expect(drawn.at(-1)).toBe(
    `sealing ${'█'.repeat(12)}${'░'.repeat(12)} 50.0 MiB of 100.0 MiB  25.0 MiB/s  2 s left`,
  );
  progress.end();
  vi.advanceTimersByTime(2000);
  expect(told()).toBe('\r\u001B[K');
});

test('of a pipe nobody knows how much is left; where nobody looks nothing is drawn', () => {
  const piped = terminal(true);
  const progress = startByteProgress(piped.context, {}, 'opening', undefined);
  progress.update(512);
  vi.advanceTimersByTime(100);
  expect(piped.told()).toBe('\r\u001B[Kopening 512 B  5.0 KiB/s');
  progress.end();
  for (const [{ context, told }, options] of [
    [terminal(false), {}],
    [terminal(true), { quiet: true }],
  ] as const) {
    const silent = startByteProgress(context, options, 'sealing', 10);
    silent.update(5);
    vi.advanceTimersByTime(1000);
    silent.end();
    expect(told()).toBe('');
  }
});

test.each([10, 40, 60, 80, 200])('stays on its line of %i columns', (columns) => {
  const { context, told } = terminal(true);
  Object.assign(context.stderr, { columns });
  const progress = startByteProgress(context, {}, 'sealing', 1023 * MIB);
  progress.update(511 * MIB);
  vi.advanceTimersByTime(600_000);
  const lines = told().split('\r\u001B[K').slice(1);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns);
  progress.end();
});
