/** A progress bar on stderr, on a terminal only. */
import type { ImportProgress } from '../src/vault/index.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { formatBytes, formatSpan } from './table.ts';

/** A bar under way. */
export interface Progress {
  update(progress: ImportProgress): void;
  /** Clears the line. */
  end(): void;
}

const WIDTH = 24;

/** In ms between two drawings of a bar that counts bytes. */
const REDRAW = 100;
/** Where nobody sees it. */
const NONE = { update: () => {}, end: () => {} };

/** Starts a bar; it draws nothing where nobody sees it. */
export function startProgress(context: CommandContext, options: CommonOptions, label: string): Progress {
  if (context.stderr.isTTY !== true || options.quiet === true) return NONE;
  let started: { readonly at: number; readonly done: number } | undefined;
  return {
    update({ done, total }) {
      if (total === 0) return;
      // What was there already took no time.
      started ??= { at: Date.now(), done };
      const elapsed = (Date.now() - started.at) / 1000;
      const made = done - started.done;
      const left = made === 0 || elapsed < 1 ? '' : `  ${formatSpan((elapsed / made) * (total - done))} left`;
      context.stderr.write(`\r\u001B[K${label} ${bar(done, total)} ${done}/${total}${left}`);
    },
    end: () => void context.stderr.write('\r\u001B[K'),
  };
}

/** How many bytes are done. */
export interface ByteProgress {
  update(done: number): void;
  /** Clears the line. */
  end(): void;
}

/** The same for bytes, with a rate. @param total - undefined for a pipe, of which nobody knows */
export function startByteProgress(
  context: CommandContext,
  options: CommonOptions,
  label: string,
  total: number | undefined,
): ByteProgress {
  if (context.stderr.isTTY !== true || options.quiet === true) return NONE;
  const started = Date.now();
  let done = 0;
  const draw = (): void => {
    const rate = (done * 1000) / (Date.now() - started);
    const told = `${formatBytes(done)}${total === undefined ? '' : ` of ${formatBytes(total)}`}  ${formatBytes(rate)}/s`;
    const left =
      total === undefined || rate === 0 ? '' : `  ${formatSpan(Math.max(0, total - done) / rate)} left`;
    // What does not fit on the line could not be cleared again.
    const room = (context.stderr.columns ?? 80) - 1;
    const width = Math.min(WIDTH, room - `${label}  ${told}${left}`.length);
    const drawing = total === undefined || width < 1 ? '' : `${bar(Math.min(done, total), total, width)} `;
    context.stderr.write(`\r\u001B[K${`${label} ${drawing}${told}${left}`.slice(0, room)}`);
  };
  // By the clock, not by what comes: a pipe may give nothing for long.
  const timer = setInterval(draw, REDRAW).unref();
  return {
    update(now) {
      done = now;
    },
    end() {
      clearInterval(timer);
      context.stderr.write('\r\u001B[K');
    },
  };
}

function bar(done: number, total: number, width: number = WIDTH): string {
  const filled = total === 0 ? width : Math.round((done / total) * width);
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
}
