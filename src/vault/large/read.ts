/** Reading a large secret: its parts, from the region of its entry or any other that has them. */
import { type Entry, openLarge, parseLargeManifest, partDigest } from '../../envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../../errors.ts';
import { deadline } from '../deadline.ts';
import type { OpenedEntry } from '../effective.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import { partNames } from './place.ts';

/** A part of an entry. */
export interface WantedPart {
  /** The full name of its parameter. */
  readonly name: string;
  readonly digest: string;
}

/** The parts that an opened entry names; none where its value lies in itself. @throws WaxsealError `malformed` */
export function wantedParts(scope: Pick<VaultScope, 'path'>, opened: OpenedEntry): readonly WantedPart[] {
  if (!opened.entry.core.flags.chunked) return [];
  const { parts } = parseLargeManifest(opened.content);
  const names = partNames(scope.path, opened.entry, parts.length);
  return parts.map((digest, i) => ({ digest, name: names[i] ?? '' }));
}

/**
 * The value of an entry that was opened in `region`, which the caller wipes.
 * @throws WaxsealError `large_incomplete` when no region has a part; `malformed`, `decrypt_failed`
 */
export async function secretValue(
  scope: VaultScope,
  region: Region,
  opened: OpenedEntry,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { entry, content } = opened;
  if (!entry.core.flags.chunked) return content;
  const texts = await findParts(scope, region, entry, wantedParts(scope, opened), signal);
  return openTexts(scope, region, opened, [...texts.values()], signal);
}

/** Whether an opened entry holds this value. */
export async function holds(
  scope: VaultScope,
  region: Region,
  opened: OpenedEntry,
  value: Uint8Array,
  signal?: AbortSignal,
): Promise<boolean> {
  if (opened.entry.core.flags.tombstone) return false;
  try {
    const there = await secretValue(scope, region, opened, signal);
    return Buffer.compare(there, value) === 0;
  } catch (error) {
    // Of what has lost a part nobody can tell; whoever writes it again mends it.
    if (isWaxsealError(error, 'large_incomplete')) return false;
    throw error;
  }
}

/** Opens the texts of all parts, in order. @throws WaxsealError `malformed`, `decrypt_failed` */
export async function openTexts(
  scope: VaultScope,
  region: Region,
  { entry, content }: OpenedEntry,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const dataKey = await scope.dataKeys.ofEntry(entry, region, signal);
  return openLarge(entry, parseLargeManifest(content), texts, dataKey);
}

/**
 * The texts of parts by their parameters' names, in order. A text is known by its digest, so it may come from anywhere:
 * a region that does not answer, or has lost one, fails nothing that another can give.
 * @throws WaxsealError `large_incomplete`
 */
export async function findParts(
  scope: VaultScope,
  region: Region,
  entry: Entry,
  wanted: readonly WantedPart[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const silent: string[] = [];
  for (const from of [region, ...scope.regions.filter((other) => other !== region)]) {
    const missing = wanted.filter(({ name }) => !found.has(name));
    if (missing.length === 0) break;
    try {
      const within = deadline(scope.timeout, signal);
      for (const [name, text] of await presentParts(from, missing, within)) found.set(name, text);
    } catch (error) {
      if (from === region || signal?.aborted === true) throw error;
      silent.push(from.name);
    }
  }
  return new Map(
    wanted.map(({ name }, i) => {
      const text = found.get(name);
      if (text === undefined) throw incomplete(scope, entry, i, { region, silent });
      return [name, text];
    }),
  );
}

/** Which of the parts a region has as they should be, with their texts. */
export async function presentParts(
  region: Region,
  wanted: readonly WantedPart[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const read = await region.parameters.read(
    wanted.map(({ name }) => name),
    signal,
  );
  return new Map(
    wanted.flatMap(({ name, digest }): [string, string][] => {
      const text = read.get(name)?.value;
      return text !== undefined && partDigest(text) === digest ? [[name, text]] : [];
    }),
  );
}

function incomplete(
  scope: VaultScope,
  { core }: Entry,
  index: number,
  { region, silent }: { readonly region: Region; readonly silent: readonly string[] },
): WaxsealError {
  const name = core.name.slice(scope.path.length + 1);
  return new WaxsealError(
    'large_incomplete',
    `part ${index + 1} of ${name}, revision ${core.revision}, is in no region${silent.length === 0 ? '' : ' that answers'}`,
    {
      hint:
        silent.length > 0
          ? `try again when ${silent.join(', ')} answers`
          : 'parts of the current revision and of the one before are kept: set it again, or take it from a backup',
      region: region.name,
    },
  );
}
