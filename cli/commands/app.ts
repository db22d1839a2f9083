import { WaxsealError } from '../../src/errors.ts';
import { type OpenVault, openVault } from '../../src/open-vault.ts';
import { publishingWithEach } from '../../src/vault/index.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { explained } from '../explain.ts';

/** `waxseal` without a command: the terminal app. */
export async function run(
  context: CommandContext,
  _args: readonly string[],
  options: CommonOptions,
): Promise<undefined> {
  if (!hasTerminal(context)) {
    throw new WaxsealError('no_terminal', 'the terminal app needs a terminal', {
      hint: 'in scripts use the commands: waxseal list, get, set, exec; "waxseal --help" shows all',
    });
  }
  const { env, cwd } = context;
  return explained(context, options, async (explainer) => {
    const open = await openVault({ vault: options.vault, env, cwd, observe: explainer?.observe });
    try {
      explainer?.opened(open);
      await showApp(context, open);
    } finally {
      await open.close();
    }
    return undefined;
  });
}

/** Whether a person sits at both ends. */
export function hasTerminal(context: CommandContext): boolean {
  return context.stdin.isTTY === true && context.stdout.isTTY === true;
}

/** Opens the terminal app on a vault until the person quits. */
export async function showApp(
  context: CommandContext,
  { vault, connection, settings }: OpenVault,
): Promise<void> {
  const { runTerminalApp } = await import('../ui/index.tsx');
  const { made, followed } = connection;
  const changed = [
    ...(made.length === 0 ? [] : [`first start, made ${made.join('; ')}`]),
    ...(followed.length === 0 ? [] : [`followed "keyId" in waxseal.json: ${followed.join('; ')}`]),
  ];
  const notice = changed.length === 0 ? undefined : changed.join('; ');
  const shown = settings.publish === 'auto' ? publishingWithEach(vault) : vault;
  await runTerminalApp({ vault: shown, aws: connection.which, notice, env: context.env });
}
