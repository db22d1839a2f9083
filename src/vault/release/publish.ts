/**
 * Publishes a vault: parts first, the head last, so that whoever reads meanwhile finds the release before or this one
 * whole. Heads obey the slot rule: of two publishers at once one wins, and the other builds on top of it.
 */
import {
  countParts,
  type Entry,
  inlineRelease,
  packItems,
  type ReleaseItem,
  releaseInParts,
  SALT_BYTES,
  type SealedRelease,
  sealParts,
} from '../../envelope/index.ts';
import { isIntegrityError, WaxsealError } from '../../errors.ts';
import { deadline } from '../deadline.ts';
import { isUnder } from '../key/retired.ts';
import { bringLarge } from '../large/bring.ts';
import { tidyUp } from '../large/drop.ts';
import { inReplicas } from '../replicas.ts';
import { copyUntilStable, newestAtHome } from '../replicate.ts';
import type { VaultScope } from '../scope.ts';
import { alwaysFits } from '../size.ts';
import type { BehindRegion, PublishResult } from '../types.ts';
import { commit } from '../write.ts';
import { type Collected, collectItems, isThere, newestOf, sameItems } from './collect.ts';
import { type OpenedRelease, openBody, openHead, readRelease } from './open.ts';
import { MAX_PARTS, releaseNames } from './place.ts';
import { writeParts } from './write-parts.ts';

/** A listing of a whole vault may take that much longer than one read. */
const LISTING = 10;

/**
 * What is known from elsewhere and belongs into the next release: from releases of other regions that home's was not
 * made on top of, or from a backup.
 */
export interface OtherReleases {
  /** The newest revision of every item over all regions: none of them goes down. */
  readonly items: readonly ReleaseItem[];
  /** The highest number among them: the next one is above it. */
  readonly above: number;
  /** The digests of their heads, which the next one may overwrite. */
  readonly replaced: ReadonlySet<string>;
  /** Take nothing but what these releases and home's hold: what is staged in the entries stays staged. */
  readonly staged?: boolean | undefined;
  /** Seal what stands anew where the vault's current data key did not seal it, though nothing else changed. */
  readonly anew?: boolean | undefined;
}

/**
 * @param atLeast - the least number of the release that stands afterwards, be it with what stands already
 * @throws WaxsealError as a write does; `value_too_large` when a vault does not fit into a release
 */
export async function publish(
  scope: VaultScope,
  caller?: AbortSignal,
  others?: OtherReleases,
  atLeast = 1,
): Promise<PublishResult> {
  const { home } = scope;
  const above = Math.max(others?.above ?? 0, atLeast - 1);
  const names = releaseNames(scope.path);
  let live: OpenedRelease | undefined;
  let sealed: SealedRelease | undefined;
  let collected: Collected = { items: [], problems: [], own: [] };
  let writes = 0;
  const committed = await commit(
    scope,
    names.head,
    async (current, dataKey) => {
      const signal = deadline(scope.timeout * LISTING, caller);
      live = current && (await openLive(scope, current, signal));
      const before = newestOf([...(others?.items ?? []), ...(live?.items ?? [])]);
      collected =
        others?.staged === true
          ? { items: before, problems: [], own: [] }
          : await collectItems(scope, before, signal);
      if (live === undefined && others?.staged === true && others.anew === true) throw unknownContents(scope);
      const isAbove = live !== undefined && live.number > above;
      const mayStay = others?.anew !== true || isUnder(live?.entry, (await dataKey()).id);
      if (live !== undefined && isAbove && mayStay && sameItems(live.items, collected.items)) {
        writes += await writeParts(
          scope,
          home,
          live.parts.map(({ text }) => text),
          live,
          signal,
        );
        return undefined;
      }
      const number = Math.max(current?.entry.core.revision ?? 0, above) + 1;
      const packed = packItems(collected.items);
      sealed = fitsInHead(scope, packed)
        ? inlineRelease(packed)
        : releaseInParts(
            sealParts(
              'release',
              { path: scope.path, number },
              packed,
              await dataKey(),
              scope.randomBytes(SALT_BYTES),
            ),
          );
      if (sealed.parts.length > 0) packed.fill(0);
      checkParts(sealed.parts.length);
      writes += (await writeParts(scope, home, sealed.parts, live, signal)) + 1;
      return { value: sealed.head, above };
    },
    caller,
  );
  if (committed === undefined) throw new WaxsealError('unexpected', 'nothing was published');
  const parts = committed.changed ? sealed?.parts : live?.parts.map(({ text }) => text);
  const behind = await replicateRelease(
    scope,
    { head: committed.entry, parts: parts ?? [], items: collected.items },
    caller,
    others?.replaced,
  );
  const late = new Set(behind.map(({ region }) => region));
  const arrived = scope.regions.filter(({ name }) => !late.has(name));
  // Where nothing changed it is not known here what the release before named.
  if (committed.changed) {
    await tidyUp(scope, arrived, collected.items, live?.items ?? [], collected.own, caller);
  }
  return {
    release: committed.entry.core.revision,
    changed: committed.changed,
    secrets: collected.items.filter(isThere).length,
    writes,
    problems: collected.problems,
    behind,
  };
}

/** The release that stands; undefined when it cannot be opened any more, which a new one mends. */
async function openLive(
  scope: VaultScope,
  current: Parameters<typeof openHead>[2],
  signal: AbortSignal,
): Promise<OpenedRelease | undefined> {
  try {
    const head = await openHead(scope, scope.home, current, signal);
    return await openBody(scope, scope.home, releaseNames(scope.path), head, new Map(), signal);
  } catch (error) {
    if (isIntegrityError(error)) return undefined;
    throw error;
  }
}

/** What is staged must stay staged, so the entries cannot say what a release that is not to be trusted held. */
function unknownContents({ home }: VaultScope): WaxsealError {
  return new WaxsealError(
    'release_incomplete',
    `the release in ${home.name} cannot be opened, nor sealed anew`,
    {
      hint: 'waxseal region sync brings a whole one from a replica, or publish what the entries hold: waxseal release publish',
      region: home.name,
    },
  );
}

/** Parameters that a release of these items takes: its parts and its head. */
export function parametersOf(scope: VaultScope, items: readonly ReleaseItem[]): number {
  const packed = packItems(items);
  try {
    return fitsInHead(scope, packed) ? 1 : countParts(packed.byteLength) + 1;
  } finally {
    packed.fill(0);
  }
}

function fitsInHead(scope: VaultScope, packed: Uint8Array): boolean {
  return alwaysFits(scope, releaseNames(scope.path).head, inlineRelease(packed).head);
}

function checkParts(parts: number): void {
  if (parts <= MAX_PARTS) return;
  throw new WaxsealError(
    'value_too_large',
    `the vault needs ${parts} parts, a release has ${MAX_PARTS} at most`,
    {
      hint: 'keep large secrets elsewhere, or split the vault',
    },
  );
}

/** What stands at home after a publish. */
interface Published {
  readonly head: Entry;
  readonly parts: readonly string[];
  readonly items: readonly ReleaseItem[];
}

async function replicateRelease(
  scope: VaultScope,
  { head, parts, items }: Published,
  caller: AbortSignal | undefined,
  replaced: ReadonlySet<string> | undefined,
): Promise<readonly BehindRegion[]> {
  const names = releaseNames(scope.path);
  return inReplicas(scope, async (region) => {
    const signal = deadline(scope.timeout, caller);
    const live = await readRelease(scope, region, signal).catch((error: unknown) => {
      if (isIntegrityError(error)) return undefined;
      throw error;
    });
    const further = live !== undefined && live.number > head.core.revision;
    // Somebody else's publish went further: its publisher brings it here.
    if (further && (await newestAtHome(scope, names.head, signal)).core.revision >= live.number) return;
    if (!further) {
      await bringLarge(scope, region, items, live?.items ?? [], signal);
      await writeParts(scope, region, parts, live, deadline(scope.timeout, caller));
    }
    await copyUntilStable(scope, region, names.head, head, replaced);
  });
}
