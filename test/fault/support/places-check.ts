/** What has to hold after a fault, and after the same command and a sync have run again. */
import { expect } from 'vitest';
import type { Vault } from '../../../src/vault/index.ts';
import { bytes, text } from '../../support/world.ts';
import { REGIONS, type RegionName } from './places-account.ts';
import { type Command, noise, type Site, type Values } from './places-command.ts';
import { contentsOf, current, GONE, type Held, readHeld } from './places-held.ts';
import { expectTrueStatus } from './places-status.ts';

const [HOME] = REGIONS;

/** What a command said before the fault ended it. */
export interface Said {
  /** These stand, in all regions but those. */
  readonly wrote?: { readonly values: Values; readonly behind: readonly string[] };
  /** The release holds all of it, in all regions but those. */
  readonly published?: { readonly behind: readonly string[] };
}

/** Nothing that was acknowledged is lost, and the status tells what is there. */
export async function checkAfterFault(command: Command, site: Site, before: Held, said: Said): Promise<void> {
  const held = await readHeld(site.account.direct, site.path);
  for (const region of REGIONS) {
    for (const [name, history] of before[region].entries) {
      if (command.removes?.includes(name) === true) continue;
      const digests = new Set(held[region].entries.get(name)?.map(({ digest }) => digest));
      for (const { digest, revision, counts } of history) {
        if (counts) expect(digests.has(digest), `${region} still has ${name} ${revision}`).toBe(true);
      }
    }
  }
  const { wrote, published } = said;
  for (const region of REGIONS.filter((one) => wrote?.behind.includes(one) === false)) {
    for (const [name, value] of Object.entries(wrote?.values ?? {})) {
      const there = current(held[region].entries.get(name));
      expect(there, `${name} is in ${region}, which is not said to be behind`).toBeDefined();
      expect(there?.value, `${name} in ${region}`).toBe(value);
    }
  }
  for (const region of REGIONS) {
    if (published?.behind.includes(region) === false) await checkBoot(site, region, command.after);
    else await checkBootsAtAll(site, region, held);
  }
  const vault = site.account.direct.open(site.path);
  expectTrueStatus(await vault.status(), held);
  vault.close();
}

/**
 * A sync alone, before the command is run again, brings the regions together, whatever they are to hold.
 * @param publishes - whether a publish follows, as the command line does unless the vault is published by hand
 */
export async function checkSync({ removes = [] }: Command, site: Site, publishes: boolean): Promise<void> {
  const { account, path } = site;
  const vault = account.direct.open(path);
  const { exists, actions: _, past: _past, ...left } = await vault.sync({ publishes });
  expect(left).toEqual(NOTHING_LEFT);
  if (publishes && exists) await vault.publish({ reconcile: true });
  const held = await readHeld(account.direct, path);
  const status = await vault.status();
  expectTrueStatus(status, held);
  expect(status.equal, 'a sync makes all regions equal').toBe(true);
  for (const region of REGIONS) {
    for (const name of removes) expect(current(held[region].entries.get(name))?.value).toBeUndefined();
  }
  vault.close();
}

const NOTHING_LEFT = { conflicts: [], leftovers: [], problems: [], failed: {} };

/** All regions hold the same, which is what the command was to do, and the status says so. */
export async function checkInTheEnd(command: Command, site: Site): Promise<void> {
  const { account, path } = site;
  const vault = account.direct.open(path);
  await runAgain(command, vault, site);
  const { actions: _, past: _past, ...left } = await vault.sync({ publishes: true });
  expect(left).toEqual({ exists: true, ...NOTHING_LEFT });
  const held = await readHeld(account.direct, path);
  const status = await vault.status();
  expectTrueStatus(status, held);
  expect(status.equal, 'the status says that all is equal').toBe(true);
  for (const region of REGIONS) {
    expect(contentsOf(held[region]), `${region} holds what home holds`).toEqual(contentsOf(held[HOME]));
    await checkBoot(site, region, command.after);
  }
  const values = [...held[HOME].entries].map(([name, history]) => [name, current(history)?.value]);
  expect(Object.fromEntries(values)).toEqual(command.after);
  expect(current(held[HOME].head)?.revision, 'the release').toBeGreaterThanOrEqual(command.floor ?? 1);
  for (const name of command.removes ?? []) {
    // Whoever knows an older revision of it takes the new one for newer.
    expect((await vault.set(name, bytes('reborn'))).revision).toBeGreaterThan(2);
  }
  vault.close();
  await checkNothingLeft(command, site);
}

/** What was done already may be said not to be there any more. */
async function runAgain(command: Command, vault: Vault, site: Site): Promise<void> {
  const noReports = { wrote: (): void => {}, published: (): void => {} };
  try {
    await command.run(vault, site, noReports);
  } catch (error) {
    if (!command.is.startsWith('delete') || (error as { code?: string }).code !== 'not_found') throw error;
    await vault.publish();
  }
}

/** An application that starts in this region gets exactly these values. */
async function checkBoot(site: Site, region: RegionName, wanted: Values): Promise<void> {
  const vault = site.account.direct.open(site.path, [region]);
  const { secrets } = await vault.boot({ large: () => true });
  const values = Object.fromEntries([...secrets].map(([name, { value }]) => [name, text(value)]));
  const live = Object.entries(wanted).filter(([, value]) => value !== undefined);
  expect(values, `boot in ${region}`).toEqual(Object.fromEntries(live));
  vault.close();
}

/** A release that was published half-way keeps no application from starting with it, or with the one before. */
async function checkBootsAtAll(site: Site, region: RegionName, held: Held): Promise<void> {
  if (held[region].head.length === 0) return;
  // What a sync is there for may be gone from a region: then it reads what others have.
  const gone = [...held[region].entries.values()].some((history) => current(history)?.value === GONE);
  const others = gone ? REGIONS.filter((one) => one !== region) : [];
  const vault = site.account.direct.open(site.path, [region, ...others]);
  const { secrets } = await vault.boot({ large: () => true });
  for (const [name, { value }] of [...secrets, ...(await vault.load())]) {
    const histories = REGIONS.map((one) => held[one].entries.get(name)).filter((one) => one !== undefined);
    const known = histories.flat().some((version) => version.value === text(value));
    expect(known || histories.length === 0, `${name} as read in ${region} was once written`).toBe(true);
  }
  vault.close();
}

/** What was left behind half-way is gone from every region when more was published. */
async function checkNothingLeft({ large = [] }: Command, { account, path }: Site): Promise<void> {
  if (large.length === 0) return;
  const vault = account.direct.open(path);
  for (let nth = 1; nth <= 3; nth += 1) {
    for (const name of large) await vault.set(name, bytes(noise(4500, nth)));
    await vault.publish();
  }
  const held = await readHeld(account.direct, path);
  for (const region of REGIONS) {
    for (const name of large) {
      const folder = `${path}/.waxseal/large/${name}/`;
      const there = [...held[region].own.keys()].filter((one) => one.startsWith(folder));
      const ids = new Set(there.map((one) => one.slice(folder.length, one.lastIndexOf('.'))));
      const counted = held[region].entries.get(name)?.filter(({ counts }) => counts) ?? [];
      const named = counted.map(({ parts }) => parts);
      expect([...ids].sort(), `parts of ${name} in ${region}`).toEqual(named.slice(-2).sort());
    }
  }
  expect((await vault.planSync()).past).toBeUndefined();
  vault.close();
}
