import { fromEmulator } from '../../src/aws/index.ts';
import { connectEmulator, type Fault, type FaultKind, remoteFaults } from '../../src/emulator/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import { type CommandContext, write, writeJson } from '../context.ts';
import { parseWhole } from '../options.ts';
import { embeddedProject, projectRegions, stateFolder } from './local.ts';

interface Options {
  readonly operation?: string;
  readonly ms?: string;
  readonly code?: string;
  readonly state?: string;
  readonly json?: boolean;
}

const KINDS: readonly string[] = [
  'down',
  'hang',
  'throttle',
  'latency',
  'error',
  'lost-answer',
] satisfies FaultKind[];

/** `waxseal local fault` */
export async function run(
  context: CommandContext,
  args: readonly string[],
  options: Options,
): Promise<undefined> {
  const [region, kind] = args;
  const fault = region === undefined ? undefined : readFault(region, kind, options);
  try {
    const { endpoint, close } = await findEmulator(context, options);
    try {
      const faults = remoteFaults(endpoint);
      if (region !== undefined && fault === undefined) await faults.clear(region);
      if (fault !== undefined) await faults.set(fault);
      const now = await faults.list();
      if (options.json === true) await writeJson(context, { endpoint, faults: now });
      else await write(context, now.length === 0 ? 'no faults\n' : now.map(describe).join(''));
    } finally {
      await close();
    }
  } catch (error) {
    throw fromEmulator(error);
  }
  return undefined;
}

/** The fault that is asked for; undefined for "up". */
function readFault(region: string, kind: string | undefined, options: Options): Fault | undefined {
  if (kind === 'up') return undefined;
  if (kind === undefined || !KINDS.includes(kind)) {
    throw new WaxsealError(
      'usage',
      `${kind === undefined ? 'no kind of fault' : JSON.stringify(kind)} for ${region}`,
      {
        hint: `one of ${KINDS.join(', ')}, or up to end them`,
      },
    );
  }
  if (kind === 'latency' && options.ms === undefined) throw new WaxsealError('usage', 'latency needs --ms');
  if (kind === 'error' && options.code === undefined) throw new WaxsealError('usage', 'error needs --code');
  return {
    region,
    kind: kind as FaultKind,
    ...(options.operation === undefined ? {} : { operation: options.operation }),
    ...(options.ms === undefined ? {} : { ms: parseWhole('--ms', options.ms, 600_000) }),
    ...(options.code === undefined ? {} : { code: options.code }),
  };
}

/** WAXSEAL_ENDPOINT's server, else the one that serves the state folder, else the folder itself: faults stay in it. */
async function findEmulator(
  context: CommandContext,
  options: Options,
): Promise<{ readonly endpoint: string; close(): Promise<void> }> {
  const endpoint = context.env.WAXSEAL_ENDPOINT;
  if (options.state === undefined && endpoint !== undefined && endpoint !== '') {
    return { endpoint, close: async () => {} };
  }
  const project = await embeddedProject(context);
  const stateDir = stateFolder(context, options.state ?? context.env.WAXSEAL_EMBEDDED, project);
  if (stateDir === undefined) {
    throw new WaxsealError('config_missing', 'there is no embedded AWS here', {
      hint: 'go to a folder whose waxseal.json says "aws": "embedded", or name one with --state or WAXSEAL_ENDPOINT',
    });
  }
  const regions = projectRegions(project);
  return connectEmulator({ stateDir, ...(regions === undefined ? {} : { regions }) });
}

function describe({ region, kind, operation, ms, code }: Fault): string {
  const detail = [kind, ms === undefined ? undefined : `${ms} ms`, code, operation && `for ${operation}`];
  return `${region}: ${detail.filter((part) => part !== undefined).join(' ')}\n`;
}
