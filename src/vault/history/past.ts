/**
 * Finds a revision of the past. Whoever may put parameters can write into a history, so that a revision's number proves
 * nothing: what stands names the digest of the revision below it, that one the next, and so on down.
 */
import type { Entry } from '../../envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../../errors.ts';
import { digestOf } from '../ancestry.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import type { OpenedEntry } from '../effective.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import {
  type Beside,
  besideChain,
  cannotOpen,
  didStand,
  highestOf,
  type Kept,
  keptIn,
  openAny,
} from './kept.ts';

/** A revision of the past, opened. */
export interface PastEntry extends OpenedEntry {
  readonly region: Region;
  /** It is known to have stood; false where revisions that would tell are no longer kept. */
  readonly linked: boolean;
  /** The highest authentic revision that is kept: a new one has to be above it. */
  readonly highest: number;
}

/** Which revision is looked for. */
interface Wanted {
  /** As in "revision 5 of A is kept". */
  readonly what: string;
  readonly fits: (entry: Entry) => boolean;
  /** Whether the search has gone too far down. */
  readonly isBelow: (entry: Entry) => boolean;
}

/** How long a region beside the one that holds what stands is waited for, in ms. */
const PATIENCE = 3_000;

/** One revision by its number. */
export function byRevision(name: string, revision: number): Wanted {
  return {
    what: `revision ${revision} of ${name}`,
    fits: ({ core }) => core.revision === revision,
    isBelow: ({ core }) => core.revision < revision,
  };
}

/** The newest below a deletion that has a value. */
export function lastValue(name: string, deletedAt: number): Wanted {
  return {
    what: `the last value of ${name}`,
    fits: ({ core }) => !core.flags.tombstone && core.revision < deletedAt,
    isBelow: () => false,
  };
}

/**
 * Goes from what stands down to what is wanted, by the history of the first region and, for what it lacks, by those of
 * the others: a digest is proof, wherever it was found. What the chain passes by is taken when it did stand once; where
 * the chain has a gap, what is kept below it when there is one alone.
 * @param regions - first the one where `current` stands
 * @throws WaxsealError `not_found`, `never_valid`, `conflict`; an integrity error for what does not open
 */
export async function findPast(
  scope: VaultScope,
  regions: readonly Region[],
  current: OpenedEntry,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<PastEntry> {
  const parameter = current.entry.core.name;
  const [first] = regions;
  const unread = [...regions];
  const silent: string[] = [];
  const kept: Kept[] = [];
  const readNext = async (): Promise<boolean> => {
    const region = unread.shift();
    if (region === undefined) return false;
    const own = region === first ? signal : deadline(Math.min(PATIENCE, scope.timeout), signal);
    try {
      kept.push(...(await keptIn(region, parameter, own)));
    } catch (error) {
      checkCancelled(signal);
      if (region === first || !isWaxsealError(error)) throw error;
      silent.push(region.name);
    }
    return true;
  };
  const find = async (digest: string): Promise<Entry | undefined> => {
    for (;;) {
      const found = kept.find((one) => one.digest === digest);
      if (found !== undefined || !(await readNext())) return found?.entry;
    }
  };
  await readNext();
  const highest = await highestOf(scope, kept, current);
  const give = async (entry: Entry, linked: boolean): Promise<PastEntry> => {
    const copies = kept.filter(({ digest }) => digest === digestOf(entry));
    // A read of the history may be older than what stands.
    if (copies.length === 0 && first !== undefined) return { ...current, region: first, linked, highest };
    return { ...(await openAny(scope, copies, wanted.what, signal)), linked, highest };
  };

  let lowest = current.entry;
  let gap = false;
  while (!wanted.fits(lowest) && !wanted.isBelow(lowest) && lowest.core.parent.byteLength > 0) {
    const below = await find(Buffer.from(lowest.core.parent).toString('hex'));
    gap = below === undefined;
    if (below === undefined) break;
    lowest = below;
  }
  if (wanted.fits(lowest)) return give(lowest, true);

  while (await readNext());
  const others = await besideChain(scope, kept, wanted.fits, signal);
  const { authentic } = others;
  const above = authentic.filter(({ entry }) => isAbove(kept, entry, current.entry));
  const below = gap ? authentic.filter(({ entry }) => entry.core.revision < lowest.core.revision) : [];
  const own = kept.filter(({ region }) => region === first);
  const stood: Kept[] = [];
  for (const one of authentic) if (await didStand(scope, own, one, signal)) stood.push(one);
  for (const candidates of [stood, above, below]) {
    const newest = Math.max(...candidates.map(({ entry }) => entry.core.revision));
    const [one, ...rest] = candidates.filter(({ entry }) => entry.core.revision === newest);
    if (one === undefined) continue;
    if (rest.length === 0) return give(one.entry, candidates !== below);
    throw new WaxsealError('conflict', `two are kept that say they are ${wanted.what}`, {
      hint: 'the revisions that would tell which one counted are no longer kept; "waxseal history --reveal" shows both',
    });
  }
  throw whyNone(wanted, others, silent);
}

/** Whether `entry` was made on top of `current`, which somebody put back below it. */
function isAbove(kept: readonly Kept[], entry: Entry, current: Entry): boolean {
  const wanted = digestOf(current);
  for (let at: Entry | undefined = entry; at !== undefined; ) {
    const parent = Buffer.from(at.core.parent).toString('hex');
    if (parent === wanted) return true;
    at = kept.find(({ digest }) => digest === parent)?.entry;
    if (at !== undefined && at.core.revision <= current.core.revision) return false;
  }
  return false;
}

function whyNone({ what }: Wanted, beside: Beside, silent: readonly string[]): WaxsealError {
  if (beside.authentic.length > 0) {
    return new WaxsealError('never_valid', `${what} is kept, but what stands was not made on top of it`, {
      hint: 'somebody put it there by other means, or the regions were written apart; "waxseal history --reveal" shows its value',
    });
  }
  if (beside.problem !== undefined) return cannotOpen(what, beside.problem);
  if (beside.isVoid) {
    return new WaxsealError('never_valid', `${what} lost a race when it was written, and never counted`, {
      hint: '"waxseal history" shows the revisions that did',
    });
  }
  const unasked = silent.length === 0 ? '' : `; ${silent.join(', ')} could not be asked`;
  return new WaxsealError('not_found', `${what} is not kept${unasked}`, {
    hint: 'Parameter Store keeps 100 versions; releases of the past and pins ("waxseal release list") or a backup may hold the value',
  });
}
