import { vaultAlias } from '../../src/secret-name.ts';
import { type CommandContext, type CommonOptions, write, writeJson } from '../context.ts';
import { toShellExports } from '../formats/index.ts';
import { withVault } from '../session.ts';

/** `waxseal env` */
export function run(
  context: CommandContext,
  _args: readonly string[],
  options: CommonOptions,
): Promise<undefined> {
  return withVault(context, options, async ({ settings }) => {
    const { aws, vault, regions, kmsKey, acceptedKeys } = settings;
    const variables = new Map([
      ['WAXSEAL_VAULT', vault],
      ['WAXSEAL_REGIONS', regions.join(',')],
    ]);
    if (kmsKey !== undefined || acceptedKeys !== undefined) {
      // Without a key of its own the vault is under its alias, before which nothing accepted may stand.
      const keys = [kmsKey ?? vaultAlias(vault), ...(acceptedKeys ?? [])];
      variables.set('WAXSEAL_KMS_KEY', keys.join(','));
    }
    if (aws.kind === 'endpoint') variables.set('WAXSEAL_ENDPOINT', aws.url);
    if (aws.kind === 'embedded') variables.set('WAXSEAL_EMBEDDED', aws.stateDir);
    if (options.json === true) await writeJson(context, Object.fromEntries(variables));
    else await write(context, toShellExports(variables));
    return undefined;
  });
}
