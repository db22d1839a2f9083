/** A progress bar on stderr, on a terminal only. */
import type { ImportProgress } from '../src/vault/index.ts';
import type { CommandContext, CommonOptions } from './context.ts';
import { formatSpan } from './table.ts';

/** A bar under way. */
export interface Progress {
  update(progress: ImportProgress): void;
  /** Clears the line. */
  end(): void;
}

const WIDTH = 24;

/** Starts a bar; it draws nothing where nobody sees it. */
export function startProgress(context: CommandContext, options: CommonOptions, label: string): Progress {
  if (context.stderr.isTTY !== true || options.quiet === true) return { update: () => {}, end: () => {} };
  let started: { readonly at: number; readonly done: number } | undefined;
  return {
    update({ done, total }) {
      if (total === 0) return;
      const filled = Math.round((done / total) * WIDTH);
      // What was there already took no time.
      started ??= { at: Date.now(), done };
      const elapsed = (Date.now() - started.at) / 1000;
      const made = done - started.done;
      const left = made === 0 || elapsed < 1 ? '' : `  ${formatSpan((elapsed / made) * (total - done))} left`;
      context.stderr.write(
        `\r\u001B[K${label} ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${done}/${total}${left}`,
      );
    },
    end: () => void context.stderr.write('\r\u001B[K'),
  };
}
