/** The starts that are measured. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import { type Aws, DEAD, REGION } from './emulator.ts';
import { replayChamber, replaySops } from './replay.ts';
import type { StartProcess } from './starter.ts';
import { type Env, namesOf, pathOf, SIZES, vaultOf, WAXSEAL } from './vaults.ts';

/** Who starts. */
export type Starter =
  | 'node'
  | 'script'
  | 'exec'
  | 'exec-warm'
  | 'exec-home-dead'
  | 'load'
  | 'load-warm'
  | 'powertools'
  | 'middy'
  | 'chamber'
  | 'sops';

/** One start that can be made again and again. */
export interface Case {
  readonly starter: Starter;
  /** How many secrets it loads; undefined where it loads none. */
  readonly size: number | undefined;
  /** Starts once. @returns ms from start to end. @throws Error when it fails */
  run(): Promise<number>;
}

/** What stands in the table. */
export const TITLES: Readonly<Record<Starter, string>> = {
  node: 'bare `node -e 0`',
  script: 'hand-written SDK script, two calls, one bundled file',
  exec: '`waxseal exec -- true`, cold',
  'exec-warm': '`waxseal exec -- true`, warm',
  'exec-home-dead': '`waxseal exec -- true`, cold, home silent, from the replica',
  load: '`loadSecrets`, cold',
  'load-warm': '`loadSecrets`, warm',
  powertools: 'powertools `getParameters` (by path, decrypted)',
  middy: 'middy `ssm` (by name)',
  chamber: 'chamber, replayed: calls in a row',
  sops: 'sops on a local file, replayed: one Decrypt',
};

const PEERS = join(import.meta.dirname, 'peers');

/** Everything that the cases need. */
export interface Surroundings {
  readonly aws: Aws;
  readonly processes: StartProcess;
  readonly env: Env;
  /** Variables of the hand-written script. */
  readonly script: Env;
  /** An empty folder. */
  readonly folder: string;
}

/** Bundles what is to be bundled and lists the cases. */
export async function makeCases({
  aws,
  processes,
  env,
  script,
  folder,
}: Surroundings): Promise<readonly Case[]> {
  const bundled = join(folder, 'script.cjs');
  await build({
    entryPoints: [join(PEERS, 'sdk-two-calls.mjs')],
    outfile: bundled,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    mainFields: ['module', 'main'],
    minify: true,
    logLevel: 'error',
  });
  const warm = { WAXSEAL_CACHE: join(folder, 'cache') };
  const of = (starter: Starter, size: number | undefined, args: readonly string[], more: Env = {}): Case => {
    const sized =
      size === undefined
        ? {}
        : { WAXSEAL_VAULT: vaultOf(size), BENCH_PATH: pathOf(size), BENCH_SIZE: String(size) };
    return {
      starter,
      size,
      run: () => processes.run({ args, env: { ...env, ...sized, ...more }, cwd: env.HOME }),
    };
  };
  const exec = [WAXSEAL, 'exec', '--', 'true'];
  const load = [join(PEERS, 'load-secrets.mjs')];
  const chamber = (size: number): Case => ({
    starter: 'chamber',
    size,
    run: () => replayChamber(aws.endpoint, pathOf(size), size),
  });
  return [
    of('node', undefined, ['-e', '0']),
    of('script', undefined, [bundled], script),
    ...SIZES.map((size) => of('exec', size, exec)),
    ...SIZES.map((size) => of('exec-warm', size, exec, warm)),
    // Cold: nothing is remembered of a home that did not answer, so that each start waits for it.
    of('exec-home-dead', 100, exec, { WAXSEAL_REGIONS: `${DEAD},${REGION}` }),
    ...[10, 100, 1000].map((size) => of('load', size, load)),
    of('load-warm', 100, load, warm),
    of('powertools', 100, [join(PEERS, 'powertools.mjs')]),
    of('middy', 100, [join(PEERS, 'middy.mjs')], { BENCH_NAMES: JSON.stringify(namesOf(100)) }),
    ...[10, 100, 1000].map(chamber),
    { starter: 'sops', size: undefined, run: () => replaySops(aws.endpoint, script.WRAPPED ?? '') },
  ];
}

/** Those that are measured over TLS, too. */
export function overTls(cases: readonly Case[]): readonly Case[] {
  const wanted: readonly Starter[] = [
    'script',
    'exec',
    'exec-warm',
    'load',
    'load-warm',
    'powertools',
    'middy',
  ];
  return cases.filter(({ starter, size }) => wanted.includes(starter) && (size ?? 100) === 100);
}

/** The process that is meant. @throws Error when there is none */
export function caseOf(cases: readonly Case[], starter: Starter, size?: number): Case {
  const found = cases.find((one) => one.starter === starter && one.size === size);
  if (found === undefined) throw new Error(`${starter} is not measured with ${size} secrets`);
  return found;
}

/** The most memory that a process had, in MB: bare, and with the secrets loaded. */
export async function memory(env: Env, size?: number): Promise<number> {
  const tell = 'process.stdout.write(String(process.resourceUsage().maxRSS))';
  const args = size === undefined ? ['-e', tell] : [join(PEERS, 'load-secrets.mjs')];
  const more = size === undefined ? {} : { WAXSEAL_VAULT: vaultOf(size), BENCH_SIZE: String(size) };
  const child = spawn(process.execPath, args, {
    env: { ...env, ...more, BENCH_MEMORY: '1' },
    cwd: env.HOME,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return Number(await text(child.stdout)) / 1024;
}
