/** The commands that write, about secrets that lie in several parameters. */
import { bytes } from '../../support/world.ts';
import { REGIONS } from './places-account.ts';
import { type Command, fill, noise, open, published, type Site, type Values } from './places-command.ts';

/** Of two parts each. */
const [ONE, TWO, THREE] = [noise(5500, 11), noise(5500, 12), noise(5500, 13)];
const large = ['A'];

const SET: Command = {
  is: 'set of a large value',
  large,
  async prepare(site) {
    const vault = open(site);
    for (const value of [ONE, TWO]) {
      await fill(vault, { A: value, B: 'b1' });
      await vault.publish();
    }
    return undefined;
  },
  async run(vault, _site, reports) {
    const { behind } = await vault.set('A', bytes(THREE));
    reports.wrote({ A: THREE }, behind);
    await published(vault, reports);
  },
  line: () => ['set', 'A'],
  input: THREE,
  after: { A: THREE, B: 'b1' },
};

const FIRST_SET: Command = {
  ...SET,
  is: 'set of a large value, the first of all',
  prepare: () => Promise.resolve(undefined),
  after: { A: THREE },
};

const DELETE: Command = {
  is: 'delete of a large value',
  large,
  prepare: SET.prepare,
  async run(vault, _site, reports) {
    const { behind } = await vault.delete('A');
    reports.wrote({ A: undefined }, behind);
    await published(vault, reports);
  },
  line: () => ['delete', 'A', '--yes'],
  after: { A: undefined, B: 'b1' },
};

const PURGE: Command = {
  is: 'purge of a large value',
  large,
  async prepare(site) {
    await SET.prepare(site);
    await open(site).delete('A');
    return undefined;
  },
  run: (vault) => vault.purge('A'),
  line: () => ['purge', 'A', '--yes'],
  removes: ['A'],
  after: { B: 'b1' },
};

/** Three large values are staged, after which the publish has parts to remove in every region. */
const PUBLISH: Command = {
  is: 'release publish of a large value',
  large,
  async prepare(site) {
    await SET.prepare(site);
    for (const value of [ONE, TWO, THREE]) await fill(open(site), { A: value });
    return undefined;
  },
  run: (vault, _site, reports) => published(vault, reports),
  line: () => ['release', 'publish'],
  after: SET.after,
};

const SYNCED: Values = { ...SET.after, C: ONE };

/** Each region lacks something else: a part, another one, the whole secret. */
const SYNC: Command = {
  is: 'region sync of large values',
  large: ['A', 'C'],
  async prepare(site) {
    await SET.prepare(site);
    await fill(open(site), { A: THREE });
    const [home, second, third] = REGIONS;
    await damage(site, home, 1);
    await damage(site, second, 2);
    const alone = open(site, home, third);
    await fill(alone, { C: ONE });
    await alone.publish();
    return undefined;
  },
  async run(vault, _site, reports) {
    const { failed, problems } = await vault.sync({ publishes: true });
    const { behind } = await vault.publish({ reconcile: true });
    if (Object.keys(failed).length + problems.length === 0) {
      reports.wrote(SYNCED, behind);
      reports.published(behind);
    }
  },
  line: () => ['region', 'sync', '--yes'],
  after: SYNCED,
};

/** Removes the nth part of the newest revision of A. */
async function damage({ account, path }: Site, region: (typeof REGIONS)[number], nth: number): Promise<void> {
  const { once } = account.direct.clients[region];
  const Path = `${path}/.waxseal/large/A`;
  const { Parameters = [] } = await once.getParametersByPath({ Path, Recursive: true });
  const newest = Parameters.find(
    ({ Name = '' }) => Name.startsWith(`${Path}/3.`) && Name.endsWith(`.${nth}`),
  );
  await once.deleteParameter({ Name: newest?.Name ?? '' });
}

/** All of them. */
export const LARGES: readonly Command[] = [SET, FIRST_SET, DELETE, PURGE, PUBLISH, SYNC];
