/** The standard streams of a process whose place another will take. */
import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';

/** How long to wait when the reader does not keep up, in ms. */
const PAUSE = 5;

/**
 * Puts plain writers into the place of `process.stdout` and `process.stderr`. Node makes its own when they are first
 * asked for, which its sockets do by themselves (and the first ES module that imports node:process), and leaves the
 * pipes behind them in non-blocking mode for good: the command would fail as soon as its reader does not keep up.
 */
export function keepStreams(): void {
  for (const [name, descriptor] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    let writer: Writable | undefined;
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get: () => {
        writer ??= plainWriter(descriptor);
        return writer;
      },
    });
  }
}

function plainWriter(descriptor: number): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      writeAll(descriptor, chunk);
      done();
    },
  });
}

function writeAll(descriptor: number, chunk: Buffer): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let at = 0; at < chunk.length; ) {
    try {
      at += writeSync(descriptor, chunk, at);
    } catch (error) {
      // Nobody listens any more: that is no reason not to start the command.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      Atomics.wait(pause, 0, 0, PAUSE);
    }
  }
}
