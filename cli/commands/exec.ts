import { WaxsealError } from '../../src/errors.ts';
import { mergeEnvironment, namesIn, toVariables } from '../../src/loader/index.ts';
import { type CommandContext, say } from '../context.ts';
import { runCommand } from '../run-command.ts';
import { withVault } from '../session.ts';

interface Options {
  readonly vault?: string;
  readonly quiet?: boolean;
  readonly override?: boolean;
  readonly allow?: readonly string[];
  readonly except?: readonly string[];
}

/** `waxseal exec` */
export async function run(
  context: CommandContext,
  args: readonly string[],
  options: Options,
): Promise<number> {
  const [command, ...rest] = args;
  if (command === undefined) {
    throw new WaxsealError('usage', 'no command to run', { hint: 'waxseal exec -- node app.js' });
  }
  const env = await withVault(context, options, async ({ vault }) => {
    const secrets = await vault.load({ signal: context.signal });
    const allow = [...(options.allow ?? []), ...namesIn(context.env.WAXSEAL_ALLOW)];
    const except = [...(options.except ?? []), ...namesIn(context.env.WAXSEAL_EXCEPT)];
    const variables = toVariables(secrets, { allow, except });
    for (const { value } of secrets.values()) value.fill(0);
    const merged = mergeEnvironment(context.env, variables, options.override === true);
    if (merged.kept.length > 0) {
      say(
        context,
        options,
        `kept as the environment has it: ${merged.kept.join(', ')} (--override takes the vault's)`,
      );
    }
    return merged.env;
  });
  return runCommand(command, rest, env);
}
