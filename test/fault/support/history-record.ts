/**
 * What became of every parameter in every region during a random history, by the writes and removals that were done:
 * an account of its own, by the rules of docs/FORMAT.md, which the vault's own reading is checked against.
 */
import { type Entry, entryDigest, parseEntry } from '../../../src/envelope/index.ts';
import type { StoredParameter } from '../../../src/vault/index.ts';

/** A removal, and what counted there when it came. */
export interface Removal {
  readonly at: number;
  /** When its actor had last seen what the region holds under the name. */
  readonly decidedAt: number;
  readonly region: string;
  readonly name: string;
  readonly entry: Entry | undefined;
  /** Whether no region held that entry any more. */
  readonly lastCopy: boolean;
}

/** The account of one run. */
export interface HistoryRecord {
  /** What a late reader may still see of a parameter: what was there before its last change. */
  late(region: string, name: string): { readonly at: number; readonly before: StoredParameter | undefined };
  /** @param decidedAt - when its writer had last seen what the region holds under the name */
  wrote(actor: string, region: string, stored: StoredParameter, decidedAt: number): void;
  /** @param decidedAt - when its actor had last seen what the region holds under the name */
  removed(actor: string, region: string, name: string, decidedAt: number): void;
  /** When what was written last was decided: it may arrive much later. */
  decidedAt(region: string, name: string): number;
  /** By digest: when an entry counted first, and when its writing was decided. */
  readonly born: ReadonlyMap<string, { readonly at: number; readonly decidedAt: number }>;
  /** What counts now. */
  effective(region: string, name: string): Entry | undefined;
  /** The parameters that ever changed in a region. */
  changed(region: string): readonly string[];
  /** All entries that ever counted anywhere, by digest. */
  readonly counted: ReadonlyMap<string, Entry>;
  readonly removals: readonly Removal[];
  /** What must never happen, and did. */
  readonly violations: readonly string[];
  /**
   * Writes that claimed their slot in an earlier life of the parameter, and got it in a later one: a removal begins the
   * Versions at 1 again, and Parameter Store has nothing else to compare. A late copy of what was built upon since is
   * none of them: that region lags, and is brought forward. How many entries had counted by then.
   */
  readonly fooled: readonly { readonly name: string; readonly nth: number }[];
  /** One line a change. */
  readonly lines: string[];
}

/** The digest as text. */
export function digestOf(entry: Entry): string {
  return Buffer.from(entryDigest(entry)).toString('hex');
}

/** What an entry is, in a word or two. */
export function describeEntry(entry: Entry | undefined): string {
  if (entry === undefined) return 'nothing';
  const { revision, flags } = entry.core;
  return `${flags.tombstone ? 'tombstone' : 'value'} ${revision} (${digestOf(entry).slice(0, 6)})`;
}

/** Whether the parameter is one that has a chain: a secret or the release's head. */
export function hasChain(name: string): boolean {
  return !name.includes('/.waxseal/') || name.endsWith('/.waxseal/release');
}

/** @param now - the run's clock, in ms */
export function createRecord(now: () => number): HistoryRecord {
  const kept = new Map<string, StoredParameter[]>();
  const last = new Map<string, { at: number; before: StoredParameter | undefined }>();
  const decided = new Map<string, number>();
  const born = new Map<string, { at: number; decidedAt: number }>();
  const counted = new Map<string, Entry>();
  const removals: Removal[] = [];
  const violations: string[] = [];
  const fooled: { name: string; nth: number }[] = [];
  const lines: string[] = [];
  const key = (region: string, name: string): string => `${region} ${name}`;
  const effective = (region: string, name: string): Entry | undefined => {
    for (const { value, version } of (kept.get(key(region, name)) ?? []).toReversed()) {
      const entry = parseEntry(value);
      const { slot } = entry.wrapping;
      if (slot.region !== region || slot.version === version) return entry;
    }
    return undefined;
  };
  /** Whether `top` came of `base`, by the chain. */
  const isBuiltUpon = (top: Entry, base: Entry): boolean => {
    const parent = Buffer.from(top.core.parent).toString('hex');
    const below = counted.get(parent);
    return parent === digestOf(base) || (below !== undefined && isBuiltUpon(below, base));
  };
  return {
    counted,
    born,
    removals,
    violations,
    fooled,
    lines,
    effective,
    late: (region, name) =>
      last.get(key(region, name)) ?? { at: Number.NEGATIVE_INFINITY, before: undefined },
    decidedAt: (region, name) => decided.get(key(region, name)) ?? Number.NEGATIVE_INFINITY,
    changed: (region) =>
      [...last.keys()].flatMap((one) => (one.startsWith(`${region} `) ? [one.slice(region.length + 1)] : [])),
    wrote(actor, region, stored, decidedAt) {
      const { name, version } = stored;
      decided.set(key(region, name), decidedAt);
      const versions = kept.get(key(region, name)) ?? [];
      last.set(key(region, name), { at: now(), before: versions.at(-1) });
      const before = hasChain(name) ? effective(region, name) : undefined;
      kept.set(key(region, name), [...versions, stored]);
      if (!hasChain(name)) return;
      const after = effective(region, name);
      const mine = parseEntry(stored.value);
      const counts = after !== undefined && digestOf(after) === digestOf(mine);
      const what = `${actor} wrote ${name} in ${region} as Version ${version}: ${describeEntry(mine)}`;
      lines.push(`  ${now()} ${what}${counts ? '' : ', void'}`);
      if (after === undefined) return;
      counted.set(digestOf(after), after);
      if (!born.has(digestOf(after))) born.set(digestOf(after), { at: now(), decidedAt });
      if (before === undefined || digestOf(after) === digestOf(before)) return;
      if (after.core.revision > before.core.revision) return;
      const bornAgain = removals.some((one) => one.region === region && one.name === name);
      const knew = Buffer.from(after.core.parent).toString('hex') === digestOf(before);
      if (bornAgain && isBuiltUpon(before, mine)) return;
      if (bornAgain && !knew) fooled.push({ name, nth: counted.size });
      else violations.push(`${what}, over ${describeEntry(before)}`);
    },
    removed(actor, region, name, decidedAt) {
      const versions = kept.get(key(region, name));
      if (versions === undefined) return;
      const entry = hasChain(name) ? effective(region, name) : undefined;
      last.set(key(region, name), { at: now(), before: versions.at(-1) });
      kept.delete(key(region, name));
      if (!hasChain(name)) return;
      const holds = (one: string): boolean => {
        const other = effective(one.slice(0, one.indexOf(' ')), name);
        return other !== undefined && entry !== undefined && digestOf(other) === digestOf(entry);
      };
      const lastCopy = ![...kept.keys()].some((one) => one.endsWith(` ${name}`) && holds(one));
      removals.push({ at: now(), decidedAt, region, name, entry, lastCopy });
      lines.push(`  ${now()} ${actor} removed ${name} in ${region}: ${describeEntry(entry)}`);
    },
  };
}
