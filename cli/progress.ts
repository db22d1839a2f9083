/** A progress bar on stderr, on a terminal only. */
import type { ImportProgress } from '../src/vault/index.ts';
import type { CommandContext, CommonOptions } from './context.ts';

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
  const started = Date.now();
  return {
    update({ done, total }) {
      if (total === 0) return;
      const filled = Math.round((done / total) * WIDTH);
      const elapsed = (Date.now() - started) / 1000;
      const left =
        done === 0 || elapsed < 1 ? '' : `  ${Math.ceil((elapsed / done) * (total - done))} s left`;
      context.stderr.write(
        `\r\u001B[K${label} ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${done}/${total}${left}`,
      );
    },
    end: () => void context.stderr.write('\r\u001B[K'),
  };
}
