/**
 * Whether the regions have the parts of their large secrets. An entry that counts says by digest what belongs to it;
 * a region where some of that is not, or is something else, cannot be read from alone.
 */
import { partDigest } from '../../envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../../errors.ts';
import { openFound } from '../effective.ts';
import { presentParts, type WantedPart, wantedParts } from '../large/read.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import type { Copy, FoundCopy, RegionContents, Row } from './copies.ts';

/** A copy of a large secret, and the names of the parts that its region lacks. */
interface Lacking {
  readonly region: Region;
  readonly copy: Copy & { readonly found: FoundCopy };
  readonly wanted: readonly WantedPart[];
  readonly names: ReadonlySet<string>;
}

/**
 * Marks the copies of an opened row whose region lacks parts.
 * @param listed - what the regions were listed with: then nothing is read as long as nothing seems to be missing
 */
export async function checkParts(
  scope: VaultScope,
  row: Row,
  signal: AbortSignal,
  listed?: ReadonlyMap<Region, RegionContents>,
): Promise<Row> {
  const checked = new Map(row);
  const lacking: Lacking[] = [];
  for (const [region, copy] of row) {
    const { found } = copy ?? {};
    if (copy === undefined || found === undefined || copy.problem !== undefined) continue;
    if (!found.entry.core.flags.chunked) continue;
    try {
      const opened = await openFound(scope, region, found.stored.name, found, signal);
      const one = { region, copy: { ...copy, found }, wanted: wantedParts(scope, opened) };
      opened.content.fill(0);
      const own = listed?.get(region)?.own;
      if (own !== undefined && one.wanted.every(({ name, digest }) => isPart(own.get(name)?.value, digest))) {
        continue;
      }
      const names = await missingIn(one, signal);
      if (names.size > 0) lacking.push({ ...one, names });
    } catch (error) {
      if (!isWaxsealError(error)) throw error;
      checked.set(region, { ...copy, problem: error });
    }
  }
  for (const one of lacking) {
    const lacks = (await isElsewhere(row, one, lacking, signal)) ? 'here' : 'everywhere';
    checked.set(one.region, { ...one.copy, lacks, problem: incomplete(scope, one, lacks) });
  }
  return checked;
}

/** Read by name: parts are listed at another moment than their entry. None where the entry is another one by now. */
async function missingIn(
  { region, copy, wanted }: Omit<Lacking, 'names'>,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { name, version } = copy.top;
  const read = await region.parameters.read([name, ...wanted.map((part) => part.name)], signal);
  if (read.get(name)?.version !== version) return new Set();
  const missing = wanted.filter((part) => !isPart(read.get(part.name)?.value, part.digest));
  return new Set(missing.map((part) => part.name));
}

/** Whether other regions have what one lacks, be it some here and some there. */
async function isElsewhere(
  row: Row,
  one: Lacking,
  lacking: readonly Lacking[],
  signal: AbortSignal,
): Promise<boolean> {
  let names = one.names;
  for (const [region, copy] of row) {
    if (region === one.region || names.size === 0) continue;
    const same = copy?.found?.digest === one.copy.found.digest;
    const known = lacking.find((other) => other.region === region);
    // What counts there and was found whole needs no further look.
    if (same && known === undefined && copy?.problem === undefined) return true;
    const wanted = one.wanted.filter(({ name }) => names.has(name));
    try {
      const there = await presentParts(region, wanted, signal);
      names = new Set([...names].filter((name) => !there.has(name)));
    } catch (error) {
      if (!isWaxsealError(error)) throw error;
    }
  }
  return names.size === 0;
}

function isPart(text: string | undefined, digest: string): boolean {
  return text !== undefined && partDigest(text) === digest;
}

function incomplete(
  { path }: VaultScope,
  { region, copy, wanted, names }: Lacking,
  lacks: 'here' | 'everywhere',
): WaxsealError {
  const { name, revision } = copy.found.entry.core;
  const what = `${names.size} of ${wanted.length} parts of ${name.slice(path.length + 1)}, revision ${revision},`;
  const missing = names.size === 1 ? 'is missing or changed' : 'are missing or changed';
  return lacks === 'here'
    ? new WaxsealError('large_incomplete', `${what} ${missing} in ${region.name}`, {
        hint: 'another region has what is missing: waxseal region sync brings it',
        region: region.name,
      })
    : new WaxsealError('large_incomplete', `${what} ${missing} in every region that answers`, {
        hint: 'set it again, go back to a revision before it, waxseal rollback, or take it from a backup, waxseal restore',
        region: region.name,
      });
}
