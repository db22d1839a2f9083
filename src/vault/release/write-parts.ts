/** Writes the parts of a release, before the head that names them. */

import { writeCopy } from '../claim.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import type { OpenedRelease } from './open.ts';
import { releaseNames } from './place.ts';

/** A live part that has sunk that deep in its parameter's 100 versions is put on top again before it is lost. */
const SUNK = 90;

/** Writes the parts that differ from what is there. @returns how many were written */
export async function writeParts(
  scope: VaultScope,
  region: Region,
  texts: readonly string[],
  live: OpenedRelease | undefined,
  signal: AbortSignal,
): Promise<number> {
  if (texts.length === 0) return 0;
  const names = releaseNames(scope.path);
  const tops = await region.parameters.read(
    texts.map((_, i) => names.part(i)),
    signal,
  );
  const written = await Promise.all(
    texts.map(async (text, i) => {
      const name = names.part(i);
      const top = tops.get(name);
      if (top?.value === text) return 0;
      const kept = live?.parts[i];
      let rescued = 0;
      if (
        kept !== undefined &&
        top !== undefined &&
        kept.text !== text &&
        top.version - kept.version >= SUNK
      ) {
        await writeCopy(scope, region, name, kept.text, false, signal);
        rescued = 1;
      }
      const version = await writeCopy(scope, region, name, text, top === undefined, signal);
      // Somebody made it in between: it is there to be overwritten.
      if (version === 0) await writeCopy(scope, region, name, text, false, signal);
      return rescued + 1;
    }),
  );
  return written.reduce((sum, count) => sum + count, 0);
}
