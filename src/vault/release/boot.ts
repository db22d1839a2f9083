/** The boot path: a vault's secrets by its release, from home or the first region that has it. */
import {
  type DataKeyId,
  parseDataKeyId,
  parseEntry,
  type ReleaseItem,
  sameEntry,
} from '../../envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../../errors.ts';
import { firstAnswer } from '../hedge.ts';
import type { Region } from '../ports.ts';
import { loadFromRegion } from '../read.ts';
import type { VaultScope } from '../scope.ts';
import type { Booted, Secret } from '../types.ts';
import { headDataKey } from './collect.ts';
import { type OpenedRelease, readRelease } from './open.ts';
import { releaseNames } from './place.ts';
import { openTexts } from './texts.ts';
import type { BootOptions, SealedTexts, SeenRelease } from './types.ts';

/**
 * Boots. Where no release was ever published or seen, and neither floor nor pin asks for one, the entries are read by
 * path.
 * @throws WaxsealError `release_missing`, `release_too_old`, `release_incomplete`, and all that reading can meet
 */
export async function boot(scope: VaultScope, options: BootOptions = {}): Promise<Booted> {
  const { floor = 0, pin, seen } = options;
  return firstAnswer(
    scope,
    async (region, signal, alive) => {
      // The second call need not wait for its connection until the first is answered.
      if (seen === undefined) region.keys.prepare?.();
      else void openSeen(scope, region, seen, signal);
      const release = await readAgain(scope, region, signal, pin);
      if (release !== undefined) return accept(release, region, options);
      if (pin !== undefined || floor > 0 || seen !== undefined) throw missing(scope, region, pin);
      const secrets = await loadFromRegion(scope, region, signal, alive);
      const none = { release: undefined, publishedAt: undefined, seen: undefined, sealed: undefined };
      return { ...none, secrets, region: region.name };
    },
    options.signal,
  );
}

/** Opens a release that was kept. Parameter Store is not asked for anything. */
export async function bootFrom(
  scope: VaultScope,
  sealed: SealedTexts,
  options: Pick<BootOptions, 'signal' | 'floor' | 'seen'> = {},
): Promise<Booted> {
  return firstAnswer(
    scope,
    async (region, signal) => {
      return accept(await openTexts(scope, region, sealed, signal), region, options);
    },
    options.signal,
  );
}

/** Whether the first region that answers has this very head. */
export async function isCurrent(
  scope: VaultScope,
  sealed: SealedTexts,
  caller?: AbortSignal,
): Promise<boolean> {
  const { head } = releaseNames(scope.path);
  return firstAnswer(
    scope,
    async (region, signal) => {
      const top = (await region.parameters.read([head], signal)).get(head);
      // Each region's copy has a slot of its own: the texts may differ.
      return top !== undefined && (top.value === sealed.head || sameHead(top.value, sealed.head));
    },
    caller,
  );
}

function sameHead(a: string, b: string): boolean {
  try {
    return sameEntry(parseEntry(a), parseEntry(b));
  } catch (error) {
    if (isWaxsealError(error, 'malformed')) return false;
    throw error;
  }
}

/** @throws WaxsealError `release_too_old` */
function accept(
  release: OpenedRelease,
  region: Region,
  { floor = 0, pin, seen }: Pick<BootOptions, 'floor' | 'pin' | 'seen'>,
): Booted {
  // What is pinned is older by intent; a vault that was made anew begins at 1 again, under another KMS key. A rewrap
  // changes the KMS key too, but not the data key.
  const { entry } = release;
  const known = seen?.kmsKeyId === entry.wrapping.kmsKeyId || seen?.dataKeyId === headDataKey(entry);
  const same = pin === undefined && known;
  const least = Math.max(floor, same ? (seen?.release ?? 0) : 0);
  if (release.number < least) throw tooOld(release.number, least, region);
  return fromRelease(release, region);
}

/** Once more when parts are missing: a publish that was under way has moved on. */
async function readAgain(
  scope: VaultScope,
  region: Region,
  signal: AbortSignal,
  pin: number | undefined,
): Promise<OpenedRelease | undefined> {
  try {
    return await readRelease(scope, region, signal, pin);
  } catch (error) {
    if (!isWaxsealError(error, 'release_incomplete')) throw error;
    return readRelease(scope, region, signal, pin);
  }
}

/** Begins to open the data key; whoever needs it shares the call. A wrong guess costs one call and no more. */
async function openSeen(
  scope: VaultScope,
  region: Region,
  seen: SeenRelease,
  signal: AbortSignal,
): Promise<void> {
  try {
    const id: DataKeyId = parseDataKeyId(seen.dataKeyId);
    await scope.dataKeys.open(region, { ...seen, id }, 0, signal);
  } catch {
    // Whoever needs the data key asks again and tells why it does not open.
  }
}

function fromRelease(release: OpenedRelease, region: Region): Booted {
  const { core, wrapping } = release.entry;
  const dataKeyId = headDataKey(release.entry);
  const secrets = release.items.flatMap((item): [string, Secret][] =>
    item.value === undefined ? [] : [[item.name, toSecret(item, item.value, dataKeyId, region)]],
  );
  return {
    secrets: new Map(secrets),
    release: release.number,
    publishedAt: core.sealedAt * 1000,
    region: region.name,
    seen: {
      release: release.number,
      dataKeyId,
      wrappedKey: wrapping.wrappedKey,
      kmsKeyId: wrapping.kmsKeyId,
    },
    sealed: { head: release.text, parts: release.parts.map(({ text }) => text) },
  };
}

function toSecret(item: ReleaseItem, value: Uint8Array, dataKeyId: string, region: Region): Secret {
  return {
    name: item.name,
    value,
    binary: item.binary,
    revision: item.revision,
    sealedAt: item.sealedAt * 1000,
    expiresAt: item.expiresAt === 0 ? undefined : item.expiresAt * 1000,
    dataKeyId,
    region: region.name,
  };
}

function tooOld(number: number, floor: number, region: Region): WaxsealError {
  return new WaxsealError('release_too_old', `release ${number} is below the floor of ${floor}`, {
    hint: `an older release was put back, or the region lags: waxseal release list, region sync; where ${floor} is gone for good: waxseal release publish --at-least ${floor}`,
    region: region.name,
  });
}

function missing(scope: VaultScope, region: Region, pin: number | undefined): WaxsealError {
  return pin === undefined
    ? new WaxsealError('release_missing', `vault ${scope.path} has no release`, {
        hint: 'one was seen before, or a floor asks for one, so entries do not take its place: waxseal release publish',
        region: region.name,
      })
    : new WaxsealError('release_missing', `release ${pin} of ${scope.path} is not pinned`, {
        hint: `waxseal release pin ${pin}`,
        region: region.name,
      });
}
