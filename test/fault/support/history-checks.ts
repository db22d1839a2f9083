/** What must hold at the end of every random history. */
import { expect } from 'vitest';
import { type Entry, parseEntry } from '../../../src/envelope/index.ts';
import type { PublishResult, Region, SyncResult } from '../../../src/vault/index.ts';
import { text } from '../../support/world.ts';
import type { Acknowledged } from './history-actors.ts';
import { describeEntry, digestOf, type HistoryRecord, hasChain } from './history-record.ts';
import type { EmptyVault, Stage } from './history-stage.ts';

/** A run that has ended. */
export interface Ended {
  readonly vault: EmptyVault;
  readonly stage: Stage;
  readonly names: readonly string[];
  readonly synced: SyncResult;
  readonly published: PublishResult;
}

/** Checks all of it. */
export async function checkAll(ended: Ended): Promise<void> {
  const { told, record } = ended.stage;
  expect(told.strange, 'errors that are none of a vault').toEqual([]);
  expect(record.violations, 'an older value was put over a newer one').toEqual([]);
  for (const { name, nth } of record.fooled) {
    const short = name.slice(ended.vault.path.length + 1);
    const told = ended.stage.told.conflicts.get(short) ?? 0;
    expect(told, `a write of an earlier life went over ${short}, nobody was told`).toBeGreaterThanOrEqual(
      nth,
    );
  }
  checkForks(ended);
  checkAcknowledged(ended);
  checkLeftovers(ended);
  await checkEqual(ended);
}

/** Everything is the same everywhere, by the raw parameters, by loading, by booting and by what status says. */
async function checkEqual({ vault, stage, names, synced, published }: Ended): Promise<void> {
  expect(synced.failed, 'regions that sync left out').toEqual({});
  expect(synced.problems, 'what sync could not do').toEqual([]);
  expect(
    synced.conflicts.filter(({ kind }) => kind !== 'release'),
    'what sync left',
  ).toEqual([]);
  expect(published.behind, 'where the release did not arrive').toEqual([]);
  expect(published.problems, 'what could not be published').toEqual([]);
  const { told, record } = stage;
  const all = stage.calm();
  const status = await all.status();
  const wrong = status.entries.filter(({ drift, problem }) => drift || problem !== undefined);
  expect(wrong, 'entries that status says differ').toEqual([]);
  expect(status.regions.map(({ release, dataKey }) => [release.state, dataKey.state])).toEqual(
    vault.regions.map(() => ['equal', 'equal']),
  );
  expect(status.equal, 'status says that all is equal').toBe(true);
  expect(await all.compareRelease(), 'the release against the entries').toMatchObject({
    added: [],
    changed: [],
    removed: [],
  });
  const loaded: (readonly [string, string, number])[][] = [];
  for (const region of vault.regions) {
    const alone = stage.calm(region);
    const entries = [...(await alone.load())].map(
      ([name, { value, revision }]) => [name, text(value), revision] as const,
    );
    const { secrets } = await alone.boot({ large: () => true });
    const booted = [...secrets].map(([name, { value, revision }]) => [name, text(value), revision] as const);
    expect(booted.sort(), `the release in ${region.name} against its entries`).toEqual(entries.sort());
    loaded.push(entries);
    for (const name of names) await checkRaw(vault, region, name, entries, record);
  }
  for (const one of loaded) expect(one, 'regions against each other').toEqual(loaded[0]);
  for (const [name, value] of loaded[0] ?? []) {
    expect(told.values.get(name)?.has(value), `${name} holds what somebody wrote`).toBe(true);
  }
}

/** By the text of the parameter alone: what counts there is what the region's reader opened. */
async function checkRaw(
  { path }: EmptyVault,
  region: Region,
  name: string,
  entries: readonly (readonly [string, string, number])[],
  record: HistoryRecord,
): Promise<void> {
  const counted = await rawEntry(region, `${path}/${name}`);
  const known = record.effective(region.name, `${path}/${name}`);
  expect(counted && digestOf(counted), `${name} in ${region.name}, against the record`).toBe(
    known && digestOf(known),
  );
  const alive = counted?.core.flags.tombstone === false ? counted.core.revision : undefined;
  const loaded = entries.find(([one]) => one === name)?.[2];
  expect(loaded, `${name} in ${region.name} by its parameter`).toBe(alive);
}

async function rawEntry(region: Region, parameter: string): Promise<Entry | undefined> {
  let counted: Entry | undefined;
  for await (const { value, version } of region.parameters.history(parameter)) {
    const entry = parseEntry(value);
    const { slot } = entry.wrapping;
    if (slot.region !== region.name || slot.version === version) counted = entry;
  }
  return counted;
}

/**
 * Two different contents of one revision may come about only where somebody was told of a conflict afterwards; or in two
 * lives of a name (docs/THREAT-MODEL.md, "Purge").
 */
function checkForks({ vault, stage: { record, told } }: Ended): void {
  const firsts = new Map<string, string>();
  [...record.counted].forEach(([digest, entry], nth) => {
    const name = entry.core.name.slice(vault.path.length + 1);
    const key = `${name} ${entry.core.revision}`;
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, digest);
    if (first === undefined || name.startsWith('.waxseal/')) return;
    if (inTwoLives(record, first, digest)) return;
    expect(told.conflicts.get(name) ?? 0, `two contents are ${key}, nobody was told`).toBeGreaterThan(nth);
  });
}

/**
 * Whether a purge came between the two, and could not know of one of them, since Parameter Store has nothing to compare:
 * the second life began with a write that had found no name before the first ended, and was under way all the time; or
 * the first one was written between the purge's last look and its removal, went with what was looked at, and was
 * nowhere else, so that nobody can know its revision.
 */
function inTwoLives(record: HistoryRecord, first: string, second: string): boolean {
  const before = record.born.get(first);
  const began = record.born.get(rootOf(record, second));
  if (before === undefined || began === undefined) return false;
  return record.removals.some(({ name, at, decidedAt, entry, lastCopy }) => {
    if (name !== record.counted.get(first)?.core.name || at <= before.at || at > began.at) return false;
    const unseen = entry !== undefined && digestOf(entry) === first && before.at > decidedAt;
    return began.decidedAt < at || (unseen && lastCopy);
  });
}

/** No purged name came back: what is left of one was on its way to a replica before the purge ended. */
function checkLeftovers({ vault, stage: { record }, synced }: Ended): void {
  for (const { name, regions } of synced.leftovers) {
    const parameter = `${vault.path}/${name}`;
    const purgedAt = record.removals.findLast((one) => one.name === parameter)?.at;
    for (const region of regions) {
      expect(record.decidedAt(region, parameter), `${name} came back in ${region}`).toBeLessThan(
        purgedAt ?? Number.NEGATIVE_INFINITY,
      );
    }
  }
}

/** The digest of the first entry of the life of a name that this one belongs to. */
function rootOf(record: HistoryRecord, digest: string): string {
  const parent = Buffer.from(record.counted.get(digest)?.core.parent ?? []).toString('hex');
  return record.counted.has(parent) ? rootOf(record, parent) : digest;
}

/** What counts in a region, or was purged as a tombstone, and all that it was built upon. */
function builtUpon({ vault, stage: { record } }: Ended): ReadonlySet<string> {
  const now = vault.regions.flatMap(({ name: region }) =>
    record.changed(region).flatMap((name) => (hasChain(name) ? (record.effective(region, name) ?? []) : [])),
  );
  const purged = record.removals.flatMap(({ entry }) =>
    entry?.core.flags.tombstone === true ? [entry] : [],
  );
  const built = new Set<string>();
  for (const top of [...now, ...purged]) {
    for (let entry: Entry | undefined = top; entry !== undefined; ) {
      built.add(digestOf(entry));
      entry = record.counted.get(Buffer.from(entry.core.parent).toString('hex'));
    }
  }
  return built;
}

/** Each acknowledged write is what counts, or was built upon, or somebody was told of a conflict, or it was purged. */
function checkAcknowledged(ended: Ended): void {
  const { record, told } = ended.stage;
  const built = builtUpon(ended);
  const counted = [...record.counted];
  for (const write of told.acknowledged) {
    const found = counted.filter(([, entry]) => isOf(ended.vault.path, write, entry));
    expect(found.length, `${say(write)}: it never counted anywhere`).toBeGreaterThan(0);
    const stands = found.some(([digest]) => built.has(digest));
    const first = counted.findIndex(([digest]) => digest === found[0]?.[0]);
    if (stands || (told.conflicts.get(write.name) ?? 0) > first) continue;
    expect.fail(`${say(write)}: it is lost (${found.map(([, entry]) => describeEntry(entry)).join()})`);
  }
}

function isOf(path: string, { name, revision, value }: Acknowledged, entry: Entry): boolean {
  const { core } = entry;
  return (
    core.name === `${path}/${name}` &&
    core.revision === revision &&
    core.flags.tombstone === (value === undefined)
  );
}

function say({ actor, name, revision, value, home }: Acknowledged): string {
  return `${actor}'s ${value === undefined ? 'delete' : 'set'} of ${name}, revision ${revision} in ${home}`;
}
