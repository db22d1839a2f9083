/** Other Nodes of the machine, for what has to work, or to refuse, under them. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { NODE } from './sandbox.ts';

/** A Node that is not the checkout's own. */
export interface OtherNode {
  readonly file: string;
  readonly major: number;
}

/** The first Node on the PATH that is not the checkout's own. */
export function findOtherNode(): OtherNode | undefined {
  const own = realpathSync(NODE);
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, 'node');
    try {
      accessSync(file, constants.X_OK);
      if (realpathSync(file) === own) continue;
      const version = execFileSync(file, ['--version'], { encoding: 'utf8' });
      return { file, major: Number(/^v(\d+)\./.exec(version)?.[1] ?? 0) };
    } catch {
      // Not there, or not to be run: the next folder may have one.
    }
  }
  return undefined;
}
