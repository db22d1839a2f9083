import { WaxsealError } from '../../src/errors.ts';
import { mergeEnvironment } from '../../src/loader/environment.ts';
import { type CommandContext, say } from '../context.ts';
import { type LoadingOptions, loadVariables } from '../exec/load-variables.ts';
import { pristine } from '../exec/pristine.ts';
import { startCommand } from '../exec/start.ts';
import { checkNeeded, readNeeded } from '../exec/strict.ts';

interface Options extends LoadingOptions {
  readonly override?: boolean;
  readonly pristine?: boolean;
  readonly strict?: boolean;
  readonly strictFile?: string;
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
  const isStrict = options.strict === true || options.strictFile !== undefined;
  const needed = isStrict ? await readNeeded(context.cwd, options.strictFile) : undefined;
  const variables = await loadVariables(context, { ...options, needed: needed?.names });
  const base = options.pristine === true ? pristine(context.env) : context.env;
  const { env, kept } = mergeEnvironment(base, variables, options.override === true);
  if (kept.length > 0) {
    say(
      context,
      options,
      `kept as the environment has it: ${kept.join(', ')} (--override takes the vault's)`,
    );
  }
  if (needed !== undefined) checkNeeded(needed, env);
  return startCommand(context, [command, ...rest], env);
}
