/** Writes of copies: each claims the slot above what was read, in its own region. */
import { type Entry, encodeEntry, parseEntry } from '../envelope/index.ts';
import { isWaxsealError } from '../errors.ts';
import { jitter } from './backoff.ts';
import type { Region, StoredParameter } from './ports.ts';
import type { VaultScope } from './scope.ts';

/**
 * Writes an entry into the slot above `top`. Core and ciphertext stay as they are: the slot is no part of them.
 * @returns false when somebody came between; the write is void then
 */
export async function claim(
  scope: VaultScope,
  region: Region,
  parameter: string,
  entry: Entry,
  top: StoredParameter | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  return (await claimVersion(scope, region, parameter, entry, top, signal)) === versionAbove(top);
}

/** The Version that the next write gets, where nobody comes between. */
export function versionAbove(top: StoredParameter | undefined): number {
  return (top?.version ?? 0) + 1;
}

/**
 * Writes an entry into the slot above `top`, as {@link claim} does.
 * @returns the Version that the write got; 0 when it would have created what is there already
 */
export async function claimVersion(
  scope: VaultScope,
  region: Region,
  parameter: string,
  entry: Entry,
  top: StoredParameter | undefined,
  signal: AbortSignal,
): Promise<number> {
  const version = versionAbove(top);
  const slot = { region: region.name, version };
  const text = encodeEntry({ ...entry, wrapping: { ...entry.wrapping, slot } });
  const got = await writeCopy(scope, region, parameter, text, top === undefined, signal);
  if (got === version && region === scope.home) {
    scope.written.set(parameter, { entry: parseEntry(text), text });
  }
  return got;
}

/** Writes a text as it is; throttling is waited for. @returns its Version, or 0 when `create` met one */
export async function writeCopy(
  scope: VaultScope,
  region: Region,
  parameter: string,
  text: string,
  create: boolean,
  signal: AbortSignal,
): Promise<number> {
  for (let throttled = 1; ; throttled += 1) {
    try {
      return await region.parameters.write(parameter, text, { create, tier: scope.tier, signal });
    } catch (error) {
      if (isWaxsealError(error, 'already_exists')) return 0;
      if (!isWaxsealError(error, 'throttled') || throttled > 5 || signal.aborted) throw error;
      await scope.pause(jitter(scope, throttled, 200));
    }
  }
}
