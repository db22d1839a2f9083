/** What a command that writes is: what it finds, how it is called, and what stands when it has succeeded. */
import type { BehindRegion, Vault } from '../../../src/vault/index.ts';
import { bytes } from '../../support/world.ts';
import type { Account, RegionName } from './places-account.ts';

/** Secrets by name; undefined for a deleted one. */
export type Values = Readonly<Record<string, string | undefined>>;

/** Where a command runs: a vault of its own in a shared account. */
export interface Site {
  readonly account: Account;
  readonly path: string;
  /** The backup that is restored. */
  readonly backup: string;
}

/** Told by a command of what it reports as done, at the moment when it does, and where it says that it is not. */
export interface Reports {
  wrote(values: Values, behind: readonly BehindRegion[]): void;
  published(behind: readonly BehindRegion[]): void;
}

/** One command. */
export interface Command {
  readonly is: string;
  /** Makes what it finds. @returns the backup, for a command that takes one */
  prepare(site: Site): Promise<string | undefined>;
  /** What the command line does, by the library. */
  run(vault: Vault, site: Site, reports: Reports): Promise<unknown>;
  /** The command line. @param backup - the file that holds the backup */
  line(site: Site, backup: string): readonly string[];
  /** What comes through its stdin. */
  readonly input?: string;
  /** Secrets that it removes for good. */
  readonly removes?: readonly string[];
  /** Secrets whose values may lie in several parameters. */
  readonly large?: readonly string[];
  readonly after: Values;
  /** Applications saw a release of this number: none below it may be the newest in the end. */
  readonly floor?: number;
}

/** Does not compress, so that a few of them fill a release's head and it has parts. */
export const LARGE = Object.fromEntries(
  ['L1', 'L2', 'L3'].map((name, i) => [name, noise(1500, i + 1)]),
) as Readonly<Record<'L1' | 'L2' | 'L3', string>>;

/** Another process's vault. @param regions - those that it knows, home first; default all */
export const open = ({ account, path }: Site, ...regions: readonly RegionName[]): Vault => {
  const [home, ...others] = regions;
  return account.direct.open(path, home === undefined ? undefined : [home, ...others]);
};

/** Sets secrets, or deletes them, one after the other. */
export async function fill(vault: Vault, values: Values): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) await vault.delete(name);
    else await vault.set(name, bytes(value));
  }
}

/** Publishes and tells of it. */
export async function published(vault: Vault, reports: Reports): Promise<void> {
  const { behind } = await vault.publish();
  reports.published(behind);
}

/** Base64 that is the same each time. */
export function noise(length: number, from: number): string {
  let state = from * 2_654_435_761;
  const raw = Uint8Array.from({ length: (length * 3) / 4 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  return Buffer.from(raw).toString('base64');
}
