/**
 * Makes the code caches of the bundles that applications start with: runs a start of each against an emulator, so that
 * the functions that a start calls are in it, too, and keeps what V8 compiled meanwhile.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { codeCacheFile, compile, run } from '../../src/compiled.ts';
import { startEmulator } from '../../src/emulator/index.ts';

const VAULT = '/build/warm';
const REGION = 'us-east-1';
const ACCOUNT = { AWS_ACCESS_KEY_ID: 'build', AWS_SECRET_ACCESS_KEY: 'build', AWS_REGION: REGION };

/** A bundle, and its digest for the cache's name. */
export interface CachedBundle {
  readonly bundle: string;
  readonly digest: string;
}

/** A bundle as it is built now. */
export function cachedBundle(bundle: string): CachedBundle {
  const digest = createHash('sha256').update(readFileSync(bundle)).digest('hex').slice(0, 16);
  return { bundle, digest };
}

/** Writes each cache beside its bundle. */
export async function makeCodeCaches(root: string, bundles: readonly CachedBundle[]): Promise<void> {
  const aws = await startEmulator({ regions: [REGION] });
  const home = mkdtempSync(join(tmpdir(), 'waxseal-build-'));
  try {
    await makeKey(aws.endpoint);
    const env = {
      ...ACCOUNT,
      PATH: process.env.PATH ?? '',
      HOME: home,
      AWS_ENDPOINT_URL: aws.endpoint,
      WAXSEAL_REGIONS: REGION,
      WAXSEAL_VAULT: VAULT,
    };
    const node = (args: readonly string[], input = ''): Promise<void> => runNode(args, input, env, home);
    const secrets = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`NAME_${i}`, `value ${i}`.repeat(9)]),
    );
    await node(
      [join(root, 'dist/cli/index.js'), 'import', '-', '--format', 'json', '-q'],
      JSON.stringify(secrets),
    );
    for (const { bundle, digest } of bundles) {
      // Twice: the second start is a warm one.
      for (let i = 0; i < 2; i += 1) await node([import.meta.filename, bundle, digest, 'exec', '--', 'true']);
    }
  } finally {
    await aws.close();
    rmSync(home, { recursive: true, force: true });
  }
}

async function makeKey(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: 'build', secretAccessKey: 'build' };
  const kms = new KMSClient({ endpoint, region: REGION, credentials });
  try {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ MultiRegion: true }));
    const AliasName = `alias/waxseal${VAULT}`;
    await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyMetadata?.KeyId ?? '' }));
  } finally {
    kms.destroy();
  }
}

async function runNode(
  args: readonly string[],
  input: string,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<void> {
  const child = spawn(process.execPath, [...args], { env, cwd, stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.end(input);
  const messages: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => messages.push(chunk));
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${Buffer.concat(messages)}`);
}

/** What the bundles export: exec's, or the library's. */
type Started = typeof import('../../cli/exec-entry.ts') | typeof import('../../src/index.ts');

/** The start itself: where exec would become the command, or secrets are loaded, it writes what was compiled. */
function runStart(bundle: string, digest: string): void {
  // Without its folder: nothing of this machine goes into the package.
  const script = compile(bundle, undefined, basename(bundle));
  const keep = (): never => {
    writeFileSync(codeCacheFile(bundle, digest), script.createCachedData());
    process.exit(0);
  };
  const started = run(
    script,
    bundle,
    process.getBuiltinModule('node:module').createRequire(bundle),
  ) as Started;
  process.argv.splice(2, 2);
  if ('runExec' in started) {
    process.execve = keep;
    started.runExec();
  } else void started.loadSecrets().then(keep);
}

if (process.argv[1] === import.meta.filename) {
  const [, , bundle = '', digest = ''] = process.argv;
  runStart(bundle, digest);
}
