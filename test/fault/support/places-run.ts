/** Commands on sites of their own, by the library and over a proxy. */
import { afterAll, beforeAll } from 'vitest';
import { isWaxsealError } from '../../../src/errors.ts';
import type { BehindRegion } from '../../../src/vault/index.ts';
import { randomNumbers, seed } from '../../support/seed.ts';
import { type Account, startAccount, type Way } from './places-account.ts';
import type { Said } from './places-check.ts';
import type { Command, Site } from './places-command.ts';
import { PASSED, type PlacesProxy, type Rule, startProxy } from './places-proxy.ts';

/** What a test file works with. */
export interface Places {
  /** A vault of its own, as the command finds it. */
  newSite(command: Command): Promise<Site>;
  /** Runs a command; a failure that it tells of is what the rule is there for. */
  run(command: Command, site: Site, rule: Rule): Promise<{ readonly said: Said; readonly calls: number }>;
  /** How many calls it makes when nothing is in its way. */
  callsOf(command: Command): Promise<number>;
  /** Says where it was when a check failed. */
  at(what: string, work: () => Promise<void>): Promise<void>;
}

/** Opens them for a test file and closes them with it. */
export function openPlaces(): Places {
  let account: Account;
  let proxy: PlacesProxy;
  let way: Way;
  let sites = 0;
  const counted = new Map<string, number>();
  beforeAll(async () => {
    account = await startAccount();
    proxy = await startProxy(account.endpoint);
    way = account.by(proxy.endpoint);
  });
  afterAll(async () => {
    way.close();
    await proxy.close();
    await account.close();
  });

  const newSite: Places['newSite'] = async (command) => {
    sites += 1;
    const site = { account, path: `/places/${sites}`, backup: '' };
    return { ...site, backup: (await command.prepare(site)) ?? '' };
  };
  const run: Places['run'] = async (command, site, rule) => {
    proxy.begin(rule);
    const said: { -readonly [field in keyof Said]: Said[field] } = {};
    const vault = way.open(site.path);
    try {
      await command.run(vault, site, {
        wrote: (values, behind) => {
          said.wrote = { values, behind: namesOf(behind) };
        },
        published: (behind) => {
          said.published = { behind: namesOf(behind) };
        },
      });
    } catch (error) {
      if (!isWaxsealError(error)) throw error;
    }
    await proxy.settled();
    vault.close();
    return { said, calls: proxy.calls.length };
  };
  return {
    newSite,
    run,
    async callsOf(command) {
      const known = counted.get(command.is);
      if (known !== undefined) return known;
      const { calls } = await run(command, await newSite(command), () => PASSED);
      counted.set(command.is, calls);
      return calls;
    },
    async at(what, work) {
      try {
        await work();
      } catch (error) {
        if (error instanceof Error) error.message = `${what}: ${error.message}`;
        throw error;
      }
    },
  };
}

function namesOf(behind: readonly BehindRegion[]): readonly string[] {
  return behind.map(({ region }) => region);
}

/** A seeded choice of the numbers from 1 to `count`, in order. */
export function choose(count: number, most: number, salt: string): readonly number[] {
  const all = Array.from({ length: count }, (_, i) => i + 1);
  const salted = [...salt].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed);
  const random = randomNumbers(salted);
  while (all.length > most) all.splice(Math.floor(random() * all.length), 1);
  return all;
}
