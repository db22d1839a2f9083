/** Restoring a backup, as it was sealed and sealed anew. */
import type { BackupSource, Vault } from '../../../src/vault/index.ts';
import { REGIONS } from './places-account.ts';
import { type Command, fill, LARGE, open, type Site, type Values } from './places-command.ts';

const RESTORED: Values = { A: 'a2', B: undefined, ...LARGE };

/** Fills a vault, with history, a deleted secret and a pin. @returns its backup */
async function backedUp(vault: Vault): Promise<string> {
  await fill(vault, { A: 'a1', B: 'b1' });
  await vault.publish();
  await vault.pin(1);
  await fill(vault, RESTORED);
  await vault.publish();
  let file = '';
  await vault.backup(async (piece) => {
    file += piece;
  });
  return file;
}

/** Everything below the path is lost in all regions; the KMS key is there. */
async function lose({ account, path }: Site): Promise<void> {
  for (const region of REGIONS) {
    const { once } = account.direct.clients[region];
    for (;;) {
      const { Parameters = [] } = await once.getParametersByPath({ Path: path, Recursive: true });
      if (Parameters.length === 0) break;
      await once.deleteParameters({ Names: Parameters.map(({ Name = '' }) => Name) });
    }
  }
}

const sourceOf = (text: string): BackupSource =>
  async function* () {
    yield text;
  };

/** Into the same vault, after all of it was lost. */
export const RESTORE: Command = {
  is: 'restore',
  async prepare(site) {
    const file = await backedUp(open(site));
    await lose(site);
    return file;
  },
  async run(vault, { backup }, reports) {
    const { behind } = await vault.restore(sourceOf(backup));
    reports.wrote(RESTORED, behind);
    reports.published(behind);
  },
  line: (_site, backup) => ['restore', backup, '--yes'],
  after: RESTORED,
  floor: 2,
};

/** Into another vault. */
export const RESTORE_ANEW: Command = {
  is: 'restore --from-key',
  prepare: ({ account, path }) => backedUp(account.direct.open(`/of${path}`)),
  async run(vault, { account, backup }, reports) {
    const { behind } = await vault.restore(sourceOf(backup), { from: account.direct.keys() });
    reports.wrote(RESTORED, behind);
    reports.published(behind);
  },
  line: ({ account }, backup) => ['restore', backup, '--yes', '--from-key', account.kmsKey],
  after: RESTORED,
};
