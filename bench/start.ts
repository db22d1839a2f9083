/**
 * What a start costs: waxseal's and its peers', as whole processes against the embedded AWS, in calls and in time.
 * Prints the tables and writes docs/BENCHMARKS.md: `node bench/start.ts [runs]`, after a build.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePage } from './page.ts';
import { makeCases, overTls } from './start/cases.ts';
import { startAws } from './start/emulator.ts';
import { herds } from './start/herd.ts';
import { loaderMemory, type Measured, measure, SECURE_LATENCIES } from './start/measure.ts';
import { phases } from './start/phases.ts';
import { report } from './start/report.ts';
import { createStarter } from './start/starter.ts';
import { startTls } from './start/tls.ts';
import { type Env, environment, fill, ROOT, WAXSEAL } from './start/vaults.ts';

const runs = Number(process.argv[2] ?? 11);
if (!existsSync(WAXSEAL)) throw new Error('waxseal is not built: npm run build');
if (!existsSync(join(ROOT, 'bench', 'node_modules'))) {
  throw new Error('the peers are not installed: npm ci --ignore-scripts --prefix bench');
}

const folder = mkdtempSync(join(tmpdir(), 'waxseal-bench-'));
const aws = await startAws();
const processes = createStarter();
try {
  const env = environment(aws, folder);
  process.stderr.write('filling vaults\n');
  const script = await fill(aws, env);
  const cases = await makeCases({ aws, processes, env, script, folder });
  const measured = await measure(aws, cases, runs);
  const secure = await measureSecure(env, script);
  const loaderMb = await loaderMemory(env, runs);
  const page = report(
    { measured, secure, phases: await phases(env, runs), herds: await herds(aws, cases), loaderMb },
    cases,
    runs,
  );
  writePage(page);
  process.stdout.write(page);
} finally {
  await processes.stop();
  await aws.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** The starts that a process in an account makes over TLS; undefined without openssl, which makes the certificate. */
async function measureSecure(env: Env, script: Env): Promise<Measured | undefined> {
  const tls = await startTls(aws.endpoint, folder).catch((error: unknown) => {
    process.stderr.write(`nothing is measured over TLS: ${String(error)}\n`);
    return undefined;
  });
  if (tls === undefined) return undefined;
  try {
    const { AWS_ENDPOINT_URL: _, ...own } = env;
    const cases = overTls(await makeCases({ aws, processes, env: { ...own, ...tls.env }, script, folder }));
    process.stderr.write('over TLS\n');
    return await measure(aws, cases, runs, SECURE_LATENCIES);
  } finally {
    await tls.stop();
  }
}
