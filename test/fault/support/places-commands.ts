/** The commands that write. */
import { bytes } from '../../support/world.ts';
import { REGIONS } from './places-account.ts';
import { type Command, fill, LARGE, open, published, type Values } from './places-command.ts';
import { LARGES } from './places-large.ts';
import { RESTORE, RESTORE_ANEW } from './places-restores.ts';

const AFTER_IMPORT: Readonly<Record<string, string>> = { A: 'a2', B: 'b1', C: 'c2', D: 'd1', ...LARGE };

const SET: Command = {
  is: 'set',
  async prepare(site) {
    const vault = open(site);
    await fill(vault, { A: 'a1', B: 'b1' });
    await vault.publish();
    return undefined;
  },
  async run(vault, _site, reports) {
    const { behind } = await vault.set('A', bytes('a2'));
    reports.wrote({ A: 'a2' }, behind);
    await published(vault, reports);
  },
  line: () => ['set', 'A'],
  input: 'a2',
  after: { A: 'a2', B: 'b1' },
};

const FIRST_SET: Command = {
  ...SET,
  is: 'set, the first of all',
  prepare: () => Promise.resolve(undefined),
  after: { A: 'a2' },
};

const IMPORT: Command = {
  is: 'import',
  async prepare(site) {
    const vault = open(site);
    await fill(vault, { A: 'a1', B: 'b1', C: 'c1' });
    await vault.delete('C');
    await vault.publish();
    return undefined;
  },
  async run(vault, _site, reports) {
    const items = Object.entries(AFTER_IMPORT).map(([name, value]) => ({ name, value: bytes(value) }));
    const { behind } = await vault.import(items);
    reports.wrote(AFTER_IMPORT, behind);
    await published(vault, reports);
  },
  line: () => ['import', '-', '--format', 'json'],
  input: JSON.stringify(AFTER_IMPORT),
  after: AFTER_IMPORT,
};

const DELETE: Command = {
  is: 'delete',
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
  is: 'purge',
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

const PUBLISH: Command = {
  is: 'release publish',
  async prepare(site) {
    await IMPORT.prepare(site);
    await fill(open(site), { ...AFTER_IMPORT, B: undefined });
    return undefined;
  },
  run: (vault, _site, reports) => published(vault, reports),
  line: () => ['release', 'publish'],
  after: { ...AFTER_IMPORT, B: undefined },
};

const SYNCED: Values = { A: 'a3', B: undefined, C: 'c1', D: 'd1', ...LARGE };

const SYNC: Command = {
  is: 'region sync',
  async prepare(site) {
    await SET.prepare(site);
    const [home, second, third] = REGIONS;
    const alone = open(site, home);
    await fill(alone, { A: 'a2', C: 'c1', B: undefined, ...LARGE });
    await alone.publish();
    await fill(open(site, home, second), { A: 'a3' });
    // Written while another region acted as home.
    await fill(open(site, third), { D: 'd1' });
    return undefined;
  },
  async run(vault, _site, reports) {
    const { failed, problems } = await vault.sync({ publishes: true });
    const { behind } = await vault.publish({ reconcile: true });
    // A region that was left out, or a secret: the command says so, and its exit status too.
    if (Object.keys(failed).length + problems.length === 0) {
      reports.wrote(SYNCED, behind);
      reports.published(behind);
    }
  },
  line: () => ['region', 'sync', '--yes'],
  after: SYNCED,
};

const ROTATED: Values = { A: 'a2', B: undefined, C: 'c1', ...LARGE };

const ROTATE: Command = {
  is: 'key rotate',
  async prepare(site) {
    await IMPORT.prepare(site);
    const vault = open(site);
    await fill(vault, ROTATED);
    await vault.publish();
    return undefined;
  },
  async run(vault, _site, reports) {
    const { problems, left, behind } = await vault.rotate();
    if (problems.length + left > 0) return;
    reports.wrote(ROTATED, behind);
    reports.published(behind);
  },
  line: () => ['key', 'rotate', '--yes'],
  after: ROTATED,
};

/** Those that restore a backup. */
export const RESTORES: readonly Command[] = [RESTORE, RESTORE_ANEW];

/** All of them. */
export const COMMANDS: readonly Command[] = [
  SET,
  FIRST_SET,
  IMPORT,
  DELETE,
  PURGE,
  PUBLISH,
  SYNC,
  ROTATE,
  ...LARGES,
  ...RESTORES,
];
