/**
 * A start's two calls, GetParameters and Decrypt, by the lean client and by the SDK's, as whole processes against the
 * embedded AWS: bundled as one CommonJS file, and as a library that leaves its packages outside. Variants take turns,
 * so that all of them meet the same machine; medians count.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CreateKeyCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type BuildOptions, build } from 'esbuild';
import { startEmulator } from '../src/emulator/index.ts';

const runs = Number(process.argv[2] ?? 21);
const root = dirname(import.meta.dirname);
// Inside the checkout: what stays outside a bundle is looked for in node_modules above it.
const out = join(root, 'node_modules', '.cache', 'waxseal-bench');
const region = 'us-east-1';
const name = '/bench/A';

const from = (path: string): string => JSON.stringify(join(root, 'src', 'aws', path));
/** Says at the end what the process took of the processor: on a busy machine that is steadier than the clock. */
const tellCpu = `
  process.once('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    process.getBuiltinModule('node:fs').writeSync(1, String((userCPUTime + systemCPUTime) / 1000));
  });
`;
const twoCalls = `
  const { ENDPOINT = '', KEY = '', WRAPPED = '' } = process.env;
  void (async () => {
    const { store, keys, close } = ports({ url: () => ENDPOINT }, KEY);
    const [found, opened] = await Promise.all([
      store.read([${JSON.stringify(name)}]),
      keys.unwrap(Buffer.from(WRAPPED, 'base64'), {}),
    ]);
    if (found.size !== 1 || opened.plaintext.byteLength !== 32) throw new Error('the answers are wrong');
    await close();
  })();
`;
const lean = `
  import { createLean, leanKeyWrapper, leanParameterStore } from ${from('lean/index.ts')};
  const ports = (local, key) => {
    const client = createLean({ local });
    return { store: leanParameterStore('${region}', client), keys: leanKeyWrapper('${region}', key, client), close: client.close };
  };${twoCalls}`;
const sdk = `
  import { createClients } from ${from('sdk/clients.ts')};
  import { sdkKeyWrapper } from ${from('sdk/key-wrapper.ts')};
  import { sdkParameterStore } from ${from('sdk/parameter-store.ts')};
  const ports = (local, key) => {
    const { ssm, kms, destroy } = createClients('${region}', local);
    return { store: sdkParameterStore('${region}', ssm), keys: sdkKeyWrapper('${region}', key, kms), close: destroy };
  };${twoCalls}`;

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  minify: true,
  logLevel: 'error',
};
const file: BuildOptions = { ...common, format: 'cjs' };
// The ES modules inside packages: without them the signer brings all of @smithy/core along.
const shaken: BuildOptions = { ...file, mainFields: ['module', 'main'], conditions: ['module'] };
// Later is never, here: what is left outside is not even built.
const alone: BuildOptions = { ...shaken, external: ['../sdk/*', './from/*'] };
const library: BuildOptions = { ...common, format: 'esm', packages: 'external', splitting: true };
const inside: BuildOptions = { ...alone, format: 'esm' };

const variants: readonly (readonly [what: string, code: string, options: BuildOptions])[] = [
  ['bare node', '', file],
  ['lean, one file without what it loads later', lean, alone],
  ['lean, one file', lean, shaken],
  ['lean, one file, packages as CommonJS', lean, file],
  ['SDK, one file', sdk, shaken],
  ['lean, library with the signer inside', lean, inside],
  ['lean, library', lean, library],
  ['SDK, library', sdk, library],
];

async function bundle(code: string, options: BuildOptions, folder: string): Promise<string> {
  const extension = options.format === 'esm' ? '.mjs' : '.cjs';
  mkdirSync(folder, { recursive: true });
  const entry = join(folder, 'entry.ts');
  writeFileSync(entry, code + tellCpu);
  const outdir = join(folder, 'out');
  await build({ ...options, entryPoints: [entry], outdir, outExtension: { '.js': extension } });
  return join(outdir, `entry${extension}`);
}

/** What one process took, in ms. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

async function run(script: string, env: Readonly<Record<string, string>>): Promise<Cost> {
  const began = performance.now();
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const told = text(child.stdout);
  const [status] = (await ended) as [number | null];
  const wall = performance.now() - began;
  if (status !== 0) throw new Error(`${script} ended with ${status}`);
  return { wall, cpu: Number(await told) };
}

/** What both clients are to read and open. */
async function prepare(endpoint: string): Promise<Readonly<Record<string, string>>> {
  const config = { endpoint, region, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };
  const [kms, ssm] = [new KMSClient(config), new SSMClient(config)];
  await ssm.send(new PutParameterCommand({ Name: name, Value: 'v'.repeat(3000), Type: 'String' }));
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.KeyId ?? '';
  const made = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
  for (const client of [kms, ssm]) client.destroy();
  const WRAPPED = Buffer.from(made.CiphertextBlob ?? []).toString('base64');
  return { ENDPOINT: endpoint, KEY: KeyId, WRAPPED, PATH: process.env.PATH ?? '' };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const emulator = await startEmulator();
try {
  const env = await prepare(emulator.endpoint);
  const scripts = await Promise.all(
    variants.map(([, code, options], n) => bundle(code, options, join(out, String(n)))),
  );
  const costs = scripts.map((): Cost[] => []);
  for (let round = -1; round < runs; round += 1) {
    for (const [n, script] of scripts.entries()) {
      const cost = await run(script, env);
      // The first round fills the caches of the machine.
      if (round >= 0) costs[n]?.push(cost);
    }
  }
  console.log(`whole process, two calls, node ${process.versions.node}, medians of ${runs} runs, in ms`);
  console.log('  wall    min    cpu   file KB');
  for (const [n, [what]] of variants.entries()) {
    const mine = costs[n] ?? [];
    const walls = mine.map(({ wall }) => wall);
    const size = statSync(scripts[n] ?? '').size / 1024;
    const cells = [median(walls), Math.min(...walls), median(mine.map(({ cpu }) => cpu))];
    const columns = cells.map((ms) => ms.toFixed(0).padStart(6)).join(' ');
    console.log(`${columns} ${size.toFixed(0).padStart(9)}   ${what}`);
  }
} finally {
  await emulator.close();
  rmSync(out, { recursive: true, force: true });
}
