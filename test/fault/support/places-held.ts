/** What the regions hold, read by plain SDK calls and opened by the reader that knows docs/FORMAT.md alone. */
import { createHash } from 'node:crypto';
import {
  type ParameterHistory,
  paginateGetParameterHistory,
  paginateGetParametersByPath,
} from '@aws-sdk/client-ssm';
import {
  openEntry,
  openLarge,
  parseEntry,
  parseLargeManifest,
  partDigest,
} from '../../../src/envelope/index.ts';
import { openWithDataKey } from '../../envelope/independent.ts';
import { REGIONS, type RegionName, type Way } from './places-account.ts';

/** One version of an entry, or of a release's head. */
export interface HeldVersion {
  readonly version: number;
  readonly revision: number;
  /** Of all but the wrapping: equal for copies of one entry. */
  readonly digest: string;
  /** Undefined for a tombstone; {@link GONE} where the region alone does not have all parts. */
  readonly value: string | undefined;
  /** What the parts of this revision are named after: `revision.id`. */
  readonly parts: string;
  /** False for a write that lost its race. */
  readonly counts: boolean;
}

/** The value of a large secret that cannot be put together in a region. */
export const GONE = '(parts are gone)';

/** One parameter's versions, oldest first. */
export type HeldHistory = readonly HeldVersion[];

/** One region. */
export interface HeldRegion {
  /** By secret name. */
  readonly entries: ReadonlyMap<string, HeldHistory>;
  readonly head: HeldHistory;
  /** What else is waxseal's own, by full name: the data key record, parts of releases. */
  readonly own: ReadonlyMap<string, string>;
}

/** All regions. */
export type Held = Readonly<Record<RegionName, HeldRegion>>;

/** The version that counts. */
export function current(history: HeldHistory | undefined): HeldVersion | undefined {
  return history?.findLast(({ counts }) => counts);
}

/** Reads all regions. @throws Error when a single version of a single entry does not open */
export async function readHeld(way: Way, path: string): Promise<Held> {
  const [home, second, third] = await Promise.all(REGIONS.map((region) => readRegion(way, path, region)));
  if (home === undefined || second === undefined || third === undefined) throw new Error('three regions');
  return { 'us-east-1': home, 'eu-west-1': second, 'ap-south-1': third };
}

/**
 * What shows whether two regions hold the same: slots and Versions are left out, and so are the parts of the release
 * and of large secrets, since one that was left behind half-way is nobody's; values show that those that count are whole.
 */
export function contentsOf({ entries, head, own }: HeldRegion): unknown {
  return {
    entries: [...entries].map(([name, history]) => [name, current(history)?.digest]).sort(),
    head: current(head)?.digest,
    own: [...own].filter(([name]) => !/\/\.waxseal\/(release\/\d+$|large\/)/.test(name)).sort(),
  };
}

async function readRegion(way: Way, path: string, region: RegionName): Promise<HeldRegion> {
  const client = way.clients[region].once;
  const entries = new Map<string, HeldHistory>();
  const own = new Map<string, string>();
  let head: HeldHistory = [];
  const found: ParameterHistory[] = [];
  const listed = paginateGetParametersByPath({ client }, { Path: path, Recursive: true, MaxResults: 10 });
  for await (const { Parameters = [] } of listed) {
    for (const { Name = '', Value = '', Version = 0 } of Parameters) {
      const name = Name.slice(path.length + 1);
      if (!name.startsWith('.waxseal/') || name === '.waxseal/release') found.push({ Name, Value, Version });
      else own.set(Name, Value);
    }
  }
  for (const { Name = '', Value = '', Version = 0 } of found) {
    const only = Version === 1 ? [{ Name, Value, Version }] : undefined;
    const history = await readHistory({ way, path, region, own }, Name, only);
    const name = Name.slice(path.length + 1);
    if (name === '.waxseal/release') head = history;
    else entries.set(name, history);
  }
  return { entries, head, own };
}

/** A region that is read, and what is waxseal's own there. */
interface Reading {
  readonly way: Way;
  readonly path: string;
  readonly region: RegionName;
  readonly own: ReadonlyMap<string, string>;
}

async function readHistory(
  { way, path, region, own }: Reading,
  full: string,
  only: readonly ParameterHistory[] | undefined,
): Promise<HeldHistory> {
  const client = way.clients[region].once;
  const versions: ParameterHistory[] = [...(only ?? [])];
  if (only === undefined) {
    const pages = paginateGetParameterHistory({ client }, { Name: full, MaxResults: 50 });
    for await (const { Parameters = [] } of pages) versions.push(...Parameters);
  }
  const read = versions.map(async ({ Value: text = '', Version: version = 0 }): Promise<HeldVersion> => {
    const fields = JSON.parse(text) as {
      readonly rev: number;
      readonly dk: string;
      readonly wk: string;
      readonly slot: string;
      readonly salt: string;
      readonly fl: string;
    };
    const key = await dataKeyOf(way, path, region, fields);
    const parts = `${fields.rev}.${Buffer.from(fields.salt, 'base64').subarray(0, 8).toString('hex')}`;
    const name = full.slice(path.length + 1);
    const value = fields.fl.includes('c')
      ? openInParts(text, full, key, (nth) => own.get(`${path}/.waxseal/large/${name}/${parts}.${nth}`))
      : openedValue(text, { vault: path, name }, key);
    const [claimed, slot] = fields.slot.split(':');
    return {
      version,
      revision: fields.rev,
      digest: createHash('sha256')
        .update(text.slice(0, text.indexOf(',"wk":')))
        .digest('hex'),
      value,
      parts,
      counts: claimed !== region || Number(slot) === version,
    };
  });
  return Promise.all(read);
}

function openedValue(
  text: string,
  asked: { readonly vault: string; readonly name: string },
  key: Uint8Array,
): string | undefined {
  const { tombstone, value } = openWithDataKey(text, asked, key);
  return tombstone ? undefined : value.toString();
}

/** @param part - the text of the nth part, from 1 */
function openInParts(
  text: string,
  full: string,
  key: Uint8Array,
  part: (nth: number) => string | undefined,
): string {
  const entry = parseEntry(text);
  const dataKey = { id: entry.core.dataKeyId, key };
  const manifest = parseLargeManifest(openEntry(entry, full, dataKey));
  const texts = manifest.parts.flatMap((digest, i) => {
    const found = part(i + 1);
    return found !== undefined && partDigest(found) === digest ? [found] : [];
  });
  if (texts.length < manifest.parts.length) return GONE;
  return Buffer.from(openLarge(entry, manifest, texts, dataKey)).toString();
}

const dataKeys = new Map<string, Promise<Uint8Array>>();

/** By KMS of the region itself. */
function dataKeyOf(
  way: Way,
  path: string,
  region: RegionName,
  { dk, wk }: { readonly dk: string; readonly wk: string },
): Promise<Uint8Array> {
  const known = dataKeys.get(`${region} ${wk}`);
  if (known !== undefined) return known;
  const [generation = '', created = '', random = ''] = dk.split('.');
  const asked = way.clients[region].kms.decrypt({
    CiphertextBlob: Buffer.from(wk, 'base64'),
    EncryptionContext: {
      'waxseal:vault': path,
      'waxseal:data-key': random,
      'waxseal:generation': generation,
      'waxseal:created': created,
    },
  });
  const opened = asked.then(({ Plaintext }) => Uint8Array.from(Plaintext ?? []));
  dataKeys.set(`${region} ${wk}`, opened);
  return opened;
}
