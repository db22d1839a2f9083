/** Writing the parts of a large secret, always before the entry that names them. */
import { type Entry, partDigest } from '../../envelope/index.ts';
import { isWaxsealError } from '../../errors.ts';
import { aFewAtOnce } from '../at-once.ts';
import { jitter } from '../backoff.ts';
import { writeCopy } from '../claim.ts';
import { checkCancelled, deadline, outcomeUnknown } from '../deadline.ts';
import { openFound } from '../effective.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import { partNames } from './place.ts';
import { findParts, presentParts, wantedParts } from './read.ts';

/** Writes or removals under way at once. */
const CONCURRENCY = 4;
const MAX_SENDS = 3;
const MAX_THROTTLES = 8;

/** Writes the parts of a new entry to home. Those of one that is given up in the middle go again. */
export async function writeParts(
  scope: VaultScope,
  entry: Entry,
  texts: readonly string[],
  caller: AbortSignal | undefined,
): Promise<void> {
  const names = partNames(scope.path, entry, texts.length);
  const parts = texts.map((text, i): readonly [string, string] => [names[i] ?? '', text]);
  try {
    await putParts(scope, scope.home, parts, caller);
  } catch (error) {
    // A home that does not answer would only be waited for.
    if (!outcomeUnknown(error)) await dropParts(scope, entry, texts.length);
    throw error;
  }
}

/**
 * Brings the parts that an entry names to a region which lacks some of them.
 * @param entry - as some region holds it; where it is not large, nothing is done
 * @param from - where it was found
 * @throws WaxsealError `large_incomplete` when no region has them all
 */
export async function copyParts(
  scope: VaultScope,
  entry: Entry,
  from: Region,
  to: Region,
  caller?: AbortSignal,
): Promise<void> {
  if (!entry.core.flags.chunked) return;
  const signal = deadline(scope.timeout, caller);
  const stored = { name: entry.core.name, value: '', version: 0 };
  const opened = await openFound(scope, from, entry.core.name, { entry, stored }, signal);
  const wanted = wantedParts(scope, opened);
  const there = await presentParts(to, wanted, signal);
  const missing = wanted.filter(({ name }) => !there.has(name));
  if (missing.length === 0) return;
  await putParts(scope, to, [...(await findParts(scope, from, entry, missing, signal))], caller);
}

/** Makes sure that home has the parts of an entry, which were kept elsewhere. @param texts - all of them, or none */
export async function keepParts(
  scope: VaultScope,
  entry: Entry,
  texts: readonly string[],
  caller?: AbortSignal,
): Promise<void> {
  if (texts.length === 0) return;
  const parts = partNames(scope.path, entry, texts.length).map((name, i) => ({ name, text: texts[i] ?? '' }));
  const wanted = parts.map(({ name, text }) => ({ name, digest: partDigest(text) }));
  const there = await presentParts(scope.home, wanted, deadline(scope.timeout, caller));
  const missing = parts.filter(({ name }) => !there.has(name));
  await putParts(
    scope,
    scope.home,
    missing.map(({ name, text }): [string, string] => [name, text]),
    caller,
  );
}

/** Removes the parts of an entry that never counted. What fails stays until a publish or a sync clears it away. */
export async function dropParts(scope: VaultScope, entry: Entry, count: number): Promise<void> {
  const names = partNames(scope.path, entry, count);
  await removeParts(scope, scope.home, names, deadline(scope.timeout)).catch(() => {});
}

/** Removes parameters. */
export async function removeParts(
  scope: VaultScope,
  region: Region,
  names: readonly string[],
  caller?: AbortSignal,
): Promise<void> {
  await aFewAtOnce(names, CONCURRENCY, (name) =>
    insisting(scope, caller, async () => {
      await region.parameters.remove(name, deadline(scope.timeout, caller));
    }),
  );
}

async function putParts(
  scope: VaultScope,
  region: Region,
  parts: readonly (readonly [name: string, text: string])[],
  caller: AbortSignal | undefined,
): Promise<void> {
  const standard = { ...scope, tier: 'standard' } as const;
  let done = 0;
  scope.onParts?.(region.name, done, parts.length);
  await aFewAtOnce(parts, CONCURRENCY, ([name, text]) =>
    insisting(scope, caller, async () => {
      const write = (create: boolean): Promise<number> =>
        writeCopy(standard, region, name, text, create, deadline(scope.timeout));
      // Stopped between two parts: a write that is given up on its way may arrive after its removal.
      checkCancelled(caller);
      // It is there: a write that was sent before, or what somebody put in its place.
      if ((await write(true)) === 0) await write(false);
      done += 1;
      scope.onParts?.(region.name, done, parts.length);
    }),
  );
}

/** Does again what may be done twice: a part is only ever written with its one text, and removed for good. */
async function insisting(
  scope: VaultScope,
  caller: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  let lost = 0;
  for (let sends = 1; ; sends += 1) {
    try {
      return await work();
    } catch (error) {
      checkCancelled(caller);
      if (outcomeUnknown(error)) lost += 1;
      else if (!isWaxsealError(error, 'throttled')) throw error;
      if (lost === MAX_SENDS || sends === MAX_THROTTLES) throw error;
      await scope.pause(jitter(scope, sends, 200));
    }
  }
}
