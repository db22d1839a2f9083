import { createLocalKey, rotateLocalKey } from '../../src/aws/local-keys.ts';
import { resolveSettings } from '../../src/config/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import { type CommandContext, write, writeJson } from '../context.ts';
import { type SwitchOptions, withEmulator } from './local-switch.ts';

interface Options extends SwitchOptions {
  readonly vault?: string;
}

/** `waxseal local key` */
export async function run(
  context: CommandContext,
  [action, name]: readonly string[],
  options: Options,
): Promise<undefined> {
  const { env, cwd } = context;
  if (action !== 'create' && action !== 'rotate') {
    throw new WaxsealError('usage', `${JSON.stringify(action)} is nothing to do with a key`, {
      hint: 'create or rotate',
    });
  }
  if (action === 'create' && name !== undefined) {
    throw new WaxsealError('usage', 'a key that is made gets its id by KMS', { hint: 'leave the name out' });
  }
  const settings = await resolveSettings({ vault: options.vault, env, cwd });
  await withEmulator(context, options, async (endpoint) => {
    const key = await (action === 'create'
      ? createLocalKey(settings, endpoint)
      : rotateLocalKey(settings, endpoint, name));
    if (options.json === true) await writeJson(context, { endpoint, ...key });
    else await write(context, `${key.keyId}\n`);
  });
  return undefined;
}
