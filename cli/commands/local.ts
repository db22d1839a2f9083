import { fromEmulator } from '../../src/aws/index.ts';
import { type ConfigFile, regionsOf } from '../../src/config/index.ts';
import { type Emulator, parseQuota, startEmulator } from '../../src/emulator/index.ts';
import { openVault } from '../../src/open-vault.ts';
import { type CommandContext, say, write, writeJson } from '../context.ts';
import { toShellExports } from '../formats/index.ts';
import { parseWhole } from '../options.ts';
import { firstStart } from '../session.ts';
import { logLine } from './local-log.ts';
import { embeddedProject, stateFolder } from './local-project.ts';
import { readTyped } from './local-switch.ts';

interface Options {
  readonly port?: string;
  readonly state?: string;
  readonly region?: readonly string[];
  readonly quota?: readonly string[];
  readonly log?: boolean;
  readonly json?: boolean;
}

/** `waxseal local` */
export async function run(
  context: CommandContext,
  _args: readonly string[],
  options: Options,
): Promise<undefined> {
  const project = await embeddedProject(context);
  const stateDir = stateFolder(context, options.state, project);
  const regions = options.region ?? (project && regionsOf(project.config));
  const port = options.port === undefined ? 0 : parseWhole('--port', options.port, 65_535);
  const { quota: words } = options;
  const quota = words === undefined ? undefined : readTyped(() => parseQuota(words));
  const emulator = await startEmulator({
    port,
    ...(options.log === true ? { onCall: (call) => void context.stderr.write(logLine(call)) } : {}),
    ...(stateDir === undefined ? {} : { stateDir }),
    ...(regions === undefined ? {} : { regions }),
  }).catch((error: unknown) => {
    throw fromEmulator(error);
  });
  try {
    if (project !== undefined && options.state === undefined) await makeVaults(context, project);
    // Only now: making the vaults takes more writes a second than AWS allows.
    if (quota !== undefined) emulator.setQuota(quota);
    await announce(context, options, emulator, stateDir);
    await ended(context.signal);
  } finally {
    await emulator.close();
  }
  return undefined;
}

/** The keys of all vaults, so that any SDK finds them; what is there already is left alone. */
async function makeVaults(context: CommandContext, project: ConfigFile): Promise<void> {
  for (const vault of Object.keys(project.config.vaults)) {
    const open = await openVault({ vault, env: {}, cwd: project.folder });
    const started = firstStart(open.connection);
    if (started !== undefined) say(context, {}, started);
    await open.close();
  }
}

async function announce(
  context: CommandContext,
  options: Options,
  { endpoint, regions, quota, clock, faults }: Emulator,
  stateDir: string | undefined,
): Promise<void> {
  const variables = new Map([
    ['AWS_ENDPOINT_URL', endpoint],
    // boto3 and the AWS CLI read the second, other SDKs the first.
    ['AWS_REGION', regions[0] ?? 'us-east-1'],
    ['AWS_DEFAULT_REGION', regions[0] ?? 'us-east-1'],
    ['AWS_ACCESS_KEY_ID', 'waxseal'],
    ['AWS_SECRET_ACCESS_KEY', 'waxseal'],
    ['WAXSEAL_ENDPOINT', endpoint],
  ]);
  if (options.json === true) {
    await writeJson(context, {
      endpoint,
      regions,
      state: stateDir ?? null,
      env: Object.fromEntries(variables),
    });
    return;
  }
  say(context, {}, `embedded AWS at ${endpoint} for ${regions.join(', ')}, state ${stateDir ?? 'in memory'}`);
  // They outlast the process that set them: nobody should have to wonder.
  const odd = [
    ...(faults.length > 0 ? ['faults ("waxseal local fault")'] : []),
    ...(quota.length > 0 ? ['quotas ("waxseal local quota")'] : []),
    ...(clock.aheadMs > 0 ? ['a clock that is ahead ("waxseal local clock")'] : []),
  ];
  if (odd.length > 0) say(context, {}, `with ${odd.join(', ')}`);
  say(context, {}, 'Ctrl-C ends it; in another shell:');
  await write(context, toShellExports(variables));
}

/** Waits for Ctrl-C or SIGTERM. */
function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    process.once('SIGTERM', () => resolve());
  });
}
