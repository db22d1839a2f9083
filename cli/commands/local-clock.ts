import { remoteClock } from '../../src/emulator/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import { type CommandContext, write, writeJson } from '../context.ts';
import { parseSpan } from '../options.ts';
import { type SwitchOptions, withEmulator } from './local-switch.ts';

/** `waxseal local clock` */
export async function run(
  context: CommandContext,
  [forward]: readonly string[],
  options: SwitchOptions,
): Promise<undefined> {
  if (forward !== undefined && !forward.startsWith('+')) {
    throw new WaxsealError('usage', `the clock takes a step forward, got ${JSON.stringify(forward)}`, {
      hint: 'such as +30d, +12h, +15m or +90s; it does not go back',
    });
  }
  const ms = forward === undefined ? undefined : parseSpan('the clock', forward.slice(1));
  await withEmulator(context, options, async (endpoint) => {
    const clock = remoteClock(endpoint);
    if (ms !== undefined) await clock.advance(ms);
    const { now, aheadMs } = await clock.read();
    const time = new Date(now).toISOString();
    if (options.json === true) await writeJson(context, { endpoint, now: time, aheadMs });
    else await write(context, aheadMs === 0 ? `${time}\n` : `${time}, ${spell(aheadMs)} ahead\n`);
  });
  return undefined;
}

/** As in `1d 2h`. */
function spell(ms: number): string {
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.join(' ');
}
