import { REGION_NAME } from '../../src/config/index.ts';
import { type Fault, faultKinds, readFault, remoteFaults } from '../../src/emulator/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import { type CommandContext, write, writeJson } from '../context.ts';
import { parseShare, parseSpan, parseWhole } from '../options.ts';
import { readTyped, type SwitchOptions, withEmulator } from './local-switch.ts';

interface Options extends SwitchOptions {
  readonly operation?: string;
  readonly ms?: string;
  readonly code?: string;
  readonly times?: string;
  readonly for?: string;
  readonly probability?: string;
  readonly seed?: string;
}

/** `waxseal local fault` */
export async function run(
  context: CommandContext,
  args: readonly string[],
  options: Options,
): Promise<undefined> {
  const [region, kind] = args;
  const fault = region === undefined ? undefined : askedFault(region, kind, options);
  await withEmulator(context, options, async (endpoint) => {
    const faults = remoteFaults(endpoint);
    // "* up" ends all of them, whichever regions they were set for.
    if (region !== undefined && fault === undefined) await faults.clear(region === '*' ? undefined : region);
    if (fault !== undefined) await faults.set(fault);
    const now = await faults.list();
    if (options.json === true) await writeJson(context, { endpoint, faults: now });
    else await write(context, now.length === 0 ? 'no faults\n' : now.map(describe).join(''));
  });
  return undefined;
}

/** The fault that is asked for; undefined for "up". */
function askedFault(region: string, kind: string | undefined, options: Options): Fault | undefined {
  if (region !== '*' && !REGION_NAME.test(region)) {
    throw new WaxsealError('usage', `${JSON.stringify(region)} is no region`, {
      hint: 'such as us-east-1, or "*" for all',
    });
  }
  if (kind === 'up') return undefined;
  const known = faultKinds.find((one) => one === kind);
  if (known === undefined) {
    const what = kind === undefined ? 'no kind of fault' : JSON.stringify(kind);
    throw new WaxsealError('usage', `${what} for ${region}`, {
      hint: `one of ${faultKinds.join(', ')}, or up to end them`,
    });
  }
  const { operation, ms, code, times, probability, seed } = options;
  if ((known === 'latency' || known === 'stale') && ms === undefined)
    throw new WaxsealError('usage', `${known} needs --ms`);
  if (known !== 'latency' && known !== 'stale' && ms !== undefined)
    throw new WaxsealError('usage', `--ms is not for ${known}`, {
      hint: 'how long it lasts is said by --for, such as --for 30s',
    });
  if (known === 'error' && code === undefined) throw new WaxsealError('usage', 'error needs --code');
  if (seed !== undefined && probability === undefined)
    throw new WaxsealError('usage', '--seed is for --probability');
  return readTyped(() =>
    readFault({
      region,
      kind: known,
      operation,
      code,
      ms: ms === undefined ? undefined : parseWhole('--ms', ms, 86_400_000),
      times: times === undefined ? undefined : parseWhole('--times', times, 1_000_000_000),
      forMs: options.for === undefined ? undefined : parseSpan('--for', options.for),
      probability: probability === undefined ? undefined : parseShare('--probability', probability),
      seed: seed === undefined ? undefined : parseWhole('--seed', seed, 0xffff_ffff),
    }),
  );
}

function describe(fault: Fault): string {
  const { region, kind, operation, ms, code, times, probability, until } = fault;
  const detail = [
    kind,
    ms === undefined ? undefined : `${ms} ms`,
    code,
    operation && `for ${operation}`,
    probability === undefined ? undefined : `in ${Math.round(probability * 1000) / 10} % of calls`,
    times === undefined ? undefined : `${times} more ${times === 1 ? 'time' : 'times'}`,
    until === undefined ? undefined : `until ${new Date(until).toISOString()}`,
  ];
  return `${region}: ${detail.filter((part) => part !== undefined).join(' ')}\n`;
}
