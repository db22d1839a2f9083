/** The boot path: a vault's secrets by its release, from home or the first region that has it. */
import {
  type DataKeyId,
  parseDataKeyId,
  parseEntry,
  prepareInflate,
  type ReleaseItem,
  sameEntry,
} from '../../envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../../errors.ts';
import { firstAnswer } from '../hedge.ts';
import type { Region, StoredParameter } from '../ports.ts';
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
  // There is time while Parameter Store answers.
  setImmediate(prepareInflate);
  return firstAnswer(
    scope,
    async (region, signal, alive) => {
      // The second call need not wait for its connection until the first is answered.
      if (seen === undefined) region.keys.prepare?.();
      else void openSeen(scope, region, seen, signal);
      const booted = await twice(async () => {
        const release = await readRelease(scope, region, signal, pin);
        if (release === undefined) return undefined;
        checkNumber(release, region, options);
        alive();
        return fromRelease(scope, region, release, options, signal, alive);
      });
      if (booted !== undefined) return booted;
      if (pin !== undefined || floor > 0 || seen !== undefined) throw missing(scope, region, pin);
      const leftOut: string[] = [];
      const secrets = await loadFromRegion(scope, region, signal, alive, (name) => {
        const skipped = options.large?.(name) !== true;
        if (skipped) leftOut.push(name);
        return skipped;
      });
      const none = { release: undefined, publishedAt: undefined, seen: undefined, sealed: undefined };
      return { ...none, secrets, leftOut, region: region.name };
    },
    options.signal,
  );
}

/** Opens a release that was kept. Parameter Store is not asked for anything. */
export async function bootFrom(
  scope: VaultScope,
  sealed: SealedTexts,
  options: Pick<BootOptions, 'signal' | 'floor' | 'seen' | 'large'> = {},
): Promise<Booted> {
  return firstAnswer(
    scope,
    async (region, signal) => {
      const release = await openTexts(scope, region, sealed, signal);
      checkNumber(release, region, options);
      const from = keptParameters(region, sealed.large ?? {});
      return fromRelease({ ...scope, regions: [from] }, from, release, options, signal);
    },
    options.signal,
  );
}

/** A region whose Parameter Store has no more than what was kept. */
function keptParameters(region: Region, texts: Readonly<Record<string, string>>): Region {
  const read = (names: readonly string[]): Promise<ReadonlyMap<string, StoredParameter>> => {
    const kept = names.filter((name) => Object.hasOwn(texts, name));
    return Promise.resolve(
      new Map(kept.map((name) => [name, { name, value: texts[name] ?? '', version: 0 }])),
    );
  };
  async function* list(): AsyncGenerator<StoredParameter> {}
  return { ...region, parameters: { ...region.parameters, read, list } };
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
function checkNumber(
  release: OpenedRelease,
  region: Region,
  { floor = 0, pin, seen }: Pick<BootOptions, 'floor' | 'pin' | 'seen'>,
): void {
  // What is pinned is older by intent; a vault that was made anew begins at 1 again, under another KMS key. A rewrap
  // changes the KMS key too, but not the data key.
  const { entry } = release;
  const known = seen?.kmsKeyId === entry.wrapping.kmsKeyId || seen?.dataKeyId === headDataKey(entry);
  const same = pin === undefined && known;
  const least = Math.max(floor, same ? (seen?.release ?? 0) : 0);
  if (release.number < least) throw tooOld(release.number, least, region);
}

/** Once more when parts are missing: a publish that was under way has moved on. */
async function twice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isWaxsealError(error, 'release_incomplete', 'large_incomplete')) throw error;
    return work();
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

async function fromRelease(
  scope: VaultScope,
  region: Region,
  release: OpenedRelease,
  { large: isWanted = () => false }: Pick<BootOptions, 'large'>,
  signal: AbortSignal,
  alive?: () => void,
): Promise<Booted> {
  const { core, wrapping } = release.entry;
  const dataKeyId = headDataKey(release.entry);
  const outside = release.items.filter(({ large }) => large !== undefined);
  const wanted = outside.filter(({ name }) => isWanted(name));
  // A start that loads no large secret does not load how.
  const large =
    wanted.length === 0
      ? undefined
      : await (await import('../large/load.ts')).loadLarge(
          scope,
          region,
          wanted,
          signal,
          alive,
          release.entry,
        );
  const secrets = release.items.flatMap((item): [string, Secret][] => {
    const loaded = large?.get(item.name);
    const value = item.value ?? loaded?.value;
    const sealedBy = loaded?.dataKeyId ?? dataKeyId;
    return value === undefined ? [] : [[item.name, toSecret(item, value, sealedBy, region)]];
  });
  return {
    secrets: new Map(secrets),
    leftOut: outside.filter((item) => !wanted.includes(item)).map(({ name }) => name),
    release: release.number,
    publishedAt: core.sealedAt * 1000,
    region: region.name,
    seen: {
      release: release.number,
      dataKeyId,
      wrappedKey: wrapping.wrappedKey,
      kmsKeyId: wrapping.kmsKeyId,
    },
    sealed: {
      head: release.text,
      parts: release.parts.map(({ text }) => text),
      ...(large === undefined
        ? {}
        : { large: Object.fromEntries([...large.values()].flatMap(({ texts }) => [...texts])) }),
    },
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
