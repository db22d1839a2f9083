/** One secret's history: who wrote which revision, and what of it may be believed. */
import { formatDataKeyId, parseEntry } from '../../envelope/index.ts';
import { isIntegrityError, isWaxsealError, type WaxsealError } from '../../errors.ts';
import { checkSecretName, parameterName } from '../../secret-name.ts';
import { digestOf, vouchedFor } from '../ancestry.ts';
import { isVoid, type OpenedEntry, openFound } from '../effective.ts';
import { isUnderAnother } from '../foreign-key.ts';
import { firstAnswer } from '../hedge.ts';
import type { Region, StoredParameter } from '../ports.ts';
import { notFound } from '../read.ts';
import type { VaultScope } from '../scope.ts';
import type { HistoryItem } from '../types.ts';
import { createLargeValues, type LargeValues } from './parts-kept.ts';

/** How a history is read. */
interface HistoryOptions {
  readonly values?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A version of the parameter as an item, and what makes it the same as another. */
interface Line {
  readonly item: HistoryItem;
  /** None for what cannot be read at all. */
  readonly digest?: string | undefined;
  /** The digest that it names as its parent's. */
  readonly parent: string;
  /** What it says of itself. */
  readonly kmsKeyId?: string | undefined;
  /** A large one's entry: whether its value is kept is looked at when all of the history is known. */
  readonly large?: OpenedEntry | undefined;
}

/** What a version can hang on. */
interface Below {
  /** The digest of the newest one that opened. */
  readonly before: string | undefined;
  /** The digests of those above it that did not. */
  readonly closed: ReadonlySet<string>;
}

/**
 * A secret's kept revisions, newest first. Void writes are left out: they never counted. A revision that was put again,
 * as a copy or under another wrapping, is one line, and the one that told of it first says when and by whom.
 */
export async function readHistory(
  scope: VaultScope,
  name: string,
  { values = false, signal: caller }: HistoryOptions = {},
): Promise<readonly HistoryItem[]> {
  const parameter = parameterName(scope.path, checkSecretName(scope.path, name));
  return firstAnswer(
    scope,
    async (region, signal) => {
      const lines: Line[] = [];
      let before: string | undefined;
      const closed = new Set<string>();
      for await (const stored of region.parameters.history(parameter, signal)) {
        const line = await readLine(scope, region, stored, { before, closed, values }, signal);
        if (line === undefined) continue;
        if (line.item.problem === undefined) {
          before = line.digest;
          closed.clear();
        } else if (line.digest !== undefined) closed.add(line.digest);
        const again = putAgain(lines.at(-1), line);
        if (again !== undefined) lines.splice(-1, 1, again);
        else lines.push(line);
      }
      if (lines.length === 0) throw notFound(scope, name, region);
      const large = createLargeValues(scope, region, name, values, signal);
      return withFormerKeys(await withValues(lines, large)).reverse();
    },
    caller,
  );
}

/** Adds what became of the values of large ones. */
async function withValues(lines: readonly Line[], large: LargeValues): Promise<readonly Line[]> {
  const told: Line[] = [];
  for (const line of [...lines].reverse()) {
    if (line.large === undefined) told.push(line);
    else {
      const { value, partsGone, problem } = await large(line.large);
      line.large.content.fill(0);
      told.push({ ...line, item: { ...line.item, value, problem, ...(partsGone && { partsGone }) } });
    }
  }
  return told.reverse();
}

/** Says of what a revision above vouches for that it is only under a KMS key of before. */
function withFormerKeys(lines: readonly Line[]): HistoryItem[] {
  const links = lines.map(({ item, digest, parent }) => {
    return { digest, parent, authentic: item.problem === undefined };
  });
  const vouched = vouchedFor(links);
  const accepted = new Set(lines.filter(({ item }) => item.problem === undefined).map((one) => one.kmsKeyId));
  return lines.map(({ item, kmsKeyId }, i) => {
    const isFormer = vouched[i] === true && item.problem !== undefined && isUnderAnother(item.problem);
    return isFormer && !accepted.has(kmsKeyId) ? { ...item, formerKeyId: kmsKeyId } : item;
  });
}

/** The two lines as one, where the later is the same entry. One that stopped to open on top of it is shown for itself. */
function putAgain(earlier: Line | undefined, later: Line): Line | undefined {
  if (earlier?.digest === undefined || earlier.digest !== later.digest) return undefined;
  if (later.item.problem !== undefined && earlier.item.problem === undefined) return undefined;
  const { problem, value } = later.item;
  return {
    ...earlier,
    kmsKeyId: later.kmsKeyId,
    large: later.large,
    item: { ...earlier.item, problem, value },
  };
}

/** @returns undefined for a void write */
async function readLine(
  scope: VaultScope,
  region: Region,
  stored: StoredParameter,
  { before, closed, values }: Below & { readonly values: boolean },
  signal: AbortSignal,
): Promise<Line | undefined> {
  const outside = { storedAt: stored.modifiedAt, writtenBy: stored.modifiedBy, region: region.name };
  try {
    const entry = parseEntry(stored.value);
    if (isVoid(entry, stored, region.name)) return undefined;
    const { core } = entry;
    const digest = digestOf(entry);
    let problem: WaxsealError | undefined;
    let value: Uint8Array | undefined;
    let large: OpenedEntry | undefined;
    try {
      const opened = await openFound(scope, region, stored.name, { entry, stored }, signal);
      if (core.flags.chunked) large = opened;
      else if (values && !core.flags.tombstone) value = opened.content;
      else opened.content.fill(0);
    } catch (error) {
      // Without the right to open, the metadata is still worth showing.
      if (!isIntegrityError(error) && !isWaxsealError(error, 'denied', 'key_unusable', 'key_not_found'))
        throw error;
      problem = error;
    }
    const parent = Buffer.from(core.parent).toString('hex');
    const item: HistoryItem = {
      ...outside,
      revision: core.revision,
      sealedAt: core.sealedAt * 1000,
      expiresAt: core.expiresAt === 0 ? undefined : core.expiresAt * 1000,
      deleted: core.flags.tombstone,
      binary: core.flags.binary,
      dataKeyId: formatDataKeyId(core.dataKeyId),
      generation: core.dataKeyId.generation,
      problem,
      value,
      linked:
        digest === before ||
        closed.has(digest) ||
        (parent === '' ? before === undefined : parent === before || closed.has(parent)),
    };
    return { item, digest, parent, kmsKeyId: entry.wrapping.kmsKeyId, large };
  } catch (error) {
    if (!isWaxsealError(error, 'malformed')) throw error;
    const unreadable = { revision: 0, sealedAt: 0, deleted: false, binary: false, generation: 0 };
    const item = { ...outside, ...unreadable, dataKeyId: '', linked: false, problem: error };
    return { item, parent: '' };
  }
}
