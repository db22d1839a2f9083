/** The bar of work that is counted in bytes. */
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CommandContext } from '../../cli/context.ts';
import { startByteProgress } from '../../cli/progress.ts';

const MIB = 1024 * 1024;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

/** A terminal that remembers what was written to it. */
function terminal(isTTY: boolean): { readonly context: CommandContext; readonly told: () => string } {
  const stderr = Object.assign(new PassThrough(), { isTTY });
  return {
    context: { stderr } as unknown as CommandContext,
    told: () => String((stderr.read() as Buffer | null) ?? ''),
  };
}

test('shows what is done, of how much, the rate and the time left, ten times a second at most', () => {
  const { context, told } = terminal(true);
  const progress = startByteProgress(context, {}, 'sealing', 100 * MIB);
  progress.update(MIB);
  expect(told()).toBe('');
  vi.setSystemTime(Date.now() + 2000);
  progress.update(50 * MIB);
  expect(told()).toBe(
    `\r\u001B[Ksealing ${'█'.repeat(12)}${'░'.repeat(12)} 50.0 MiB of 100.0 MiB  25.0 MiB/s  2 s left`,
  );
  vi.setSystemTime(Date.now() + 50);
  progress.update(51 * MIB);
  expect(told()).toBe('');
  progress.end();
  expect(told()).toBe('\r\u001B[K');
});

test('of a pipe nobody knows how much is left; where nobody looks nothing is drawn', () => {
  const piped = terminal(true);
  const progress = startByteProgress(piped.context, {}, 'opening', undefined);
  vi.setSystemTime(Date.now() + 1000);
  progress.update(512);
  expect(piped.told()).toBe('\r\u001B[Kopening 512 B  512 B/s');
  for (const [{ context, told }, options] of [
    [terminal(false), {}],
    [terminal(true), { quiet: true }],
  ] as const) {
    const silent = startByteProgress(context, options, 'sealing', 10);
    vi.setSystemTime(Date.now() + 1000);
    silent.update(5);
    silent.end();
    expect(told()).toBe('');
  }
});
