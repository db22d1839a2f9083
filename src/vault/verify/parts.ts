/** Judges the parts of a large secret as one region holds them. */
import { partDigest } from '../../envelope/index.ts';
import { isWaxsealError, type WaxsealError } from '../../errors.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import type { OpenedEntry } from '../effective.ts';
import { openTexts, type WantedPart, wantedParts } from '../large/read.ts';
import type { Region, StoredParameter } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import type { Marker } from './mark.ts';

/** What a part came to: it is the one that is named, or it is gone, or another text lies there. */
export type PartState = 'whole' | 'gone' | 'other';

/** The parts of a large secret, judged. */
export interface JudgedLarge {
  /** By the full names of their parameters, in order. */
  readonly parts: ReadonlyMap<string, PartState>;
  /** What its value is told apart by; undefined where it cannot be had from this region alone. */
  readonly mark: string | undefined;
  /** Why the whole does not open, though each part is the one that is named. */
  readonly problem: WaxsealError | undefined;
}

/** What a region holds under the names of parts. */
export type PartReader = (
  wanted: readonly WantedPart[],
) => Promise<ReadonlyMap<string, Pick<StoredParameter, 'value'>>>;

/** What judging parts works with. */
interface PartsBench {
  readonly region: Region;
  readonly mark: Marker;
  readonly caller: AbortSignal | undefined;
}

/** @param scope - with the data key of the entry open. @throws WaxsealError what reading can meet, `cancelled` */
export async function judgeParts(
  { region, mark, caller }: PartsBench,
  scope: VaultScope,
  opened: OpenedEntry,
  read: PartReader,
): Promise<JudgedLarge> {
  const wanted = wantedParts(scope, opened);
  const found = await read(wanted);
  const parts = new Map(
    wanted.map(({ name, digest }): [string, PartState] => {
      const text = found.get(name)?.value;
      return [name, text === undefined ? 'gone' : partDigest(text) === digest ? 'whole' : 'other'];
    }),
  );
  if ([...parts.values()].some((state) => state !== 'whole')) {
    return { parts, mark: undefined, problem: undefined };
  }
  try {
    const texts = wanted.map(({ name }) => found.get(name)?.value ?? '');
    const value = await openTexts(scope, region, opened, texts, deadline(scope.timeout, caller));
    const told = mark(value);
    value.fill(0);
    return { parts, mark: told, problem: undefined };
  } catch (error) {
    checkCancelled(caller);
    if (!isWaxsealError(error)) throw error;
    return { parts, mark: undefined, problem: error };
  }
}
