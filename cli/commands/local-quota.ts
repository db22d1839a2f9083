import { parseQuota, quotaWord, remoteQuota } from '../../src/emulator/index.ts';
import { type CommandContext, write, writeJson } from '../context.ts';
import { readTyped, type SwitchOptions, withEmulator } from './local-switch.ts';

/** `waxseal local quota` */
export async function run(
  context: CommandContext,
  words: readonly string[],
  options: SwitchOptions,
): Promise<undefined> {
  const wanted = words.length === 0 ? undefined : readTyped(() => parseQuota(words));
  await withEmulator(context, options, async (endpoint) => {
    const remote = remoteQuota(endpoint);
    if (wanted !== undefined) await remote.set(wanted);
    const quota = await remote.list();
    if (options.json === true) await writeJson(context, { endpoint, quota });
    else
      await write(
        context,
        quota.length === 0 ? 'no quotas\n' : quota.map((one) => `${quotaWord(one)}\n`).join(''),
      );
  });
  return undefined;
}
