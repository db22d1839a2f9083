/**
 * Sealing and opening a file beside the best plain loop that Node has for it, turn by turn in one run, each in a process
 * of its own: `node bench/file.ts [MiB] [runs] [folder]`. Ratios of medians are what to look at.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

const [mib, runs] = [Number(process.argv[2] ?? 256), Number(process.argv[3] ?? 7)];
const folder = mkdtempSync(join(process.argv[4] ?? tmpdir(), 'waxseal-bench-'));
const place = (name: string): string => join(folder, name);
const RUN = join(import.meta.dirname, 'file', 'run.ts');
const MIB = 1024 * 1024;

interface Measured {
  readonly ms: number;
  readonly cpu: number;
  /** In KiB. */
  readonly rss: number;
}

/** In the order of their turns; those of a direction read the same bytes. */
const WAYS = [
  ['seal', 'plain', 'out'],
  ['plain-sync', 'plain', 'out'],
  ['plain-async', 'plain', 'out'],
  ['open', 'sealed', 'out'],
  ['plain-sync-open', 'sealed', 'out'],
  ['plain-async-open', 'sealed', 'out'],
] as const;
type Way = (typeof WAYS)[number][0] | 'bare';

function runOnce(way: Way, from: string, to: string): Measured {
  // Each finds an empty place: freeing what was there takes as long as a part of the work.
  rmSync(place(to), { force: true });
  const out = execFileSync(process.execPath, [RUN, way, place(from), place(to)], { encoding: 'utf8' });
  return JSON.parse(out) as Measured;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

try {
  const file = createWriteStream(place('plain'));
  const piece = randomBytes(MIB);
  for (let i = 0; i < mib; i += 1) if (!file.write(piece)) await once(file, 'drain');
  file.end();
  await once(file, 'close');
  runOnce('seal', 'plain', 'sealed');
  const all = new Map<Way, Measured[]>();
  const note = (way: Way, one: Measured): void => void all.set(way, [...(all.get(way) ?? []), one]);
  for (let run = 0; run < runs; run += 1) {
    note('bare', runOnce('bare', 'plain', 'out'));
    for (const [way, from, to] of WAYS) note(way, runOnce(way, from, to));
    process.stderr.write(`${run + 1} of ${runs}\n`);
  }
  const of = (way: Way, what: keyof Measured): number => median((all.get(way) ?? []).map((one) => one[what]));
  const least = (way: Way): number => Math.min(...(all.get(way) ?? []).map(({ ms }) => ms));
  const rows = WAYS.map(([way]) => {
    const over = (of(way, 'rss') - of('bare', 'rss')) / 1024;
    const rate = (mib / of(way, 'ms')) * 1000;
    const cells = [rate, of(way, 'ms'), least(way), of(way, 'cpu'), over];
    return `| ${way} | ${cells.map((cell) => cell.toFixed(0)).join(' | ')} |`;
  });
  const ratio = (way: Way, ...plain: readonly Way[]): string => {
    const best = Math.min(...plain.map((one) => of(one, 'ms')));
    const bestOfLeast = Math.min(...plain.map(least));
    return `${(best / of(way, 'ms')).toFixed(2)} of the best plain loop's rate (by the least: ${(bestOfLeast / least(way)).toFixed(2)})`;
  };
  const { call, seal } = JSON.parse(
    execFileSync(process.execPath, [join(import.meta.dirname, 'file', 'one-byte.ts')], { encoding: 'utf8' }),
  ) as { readonly call: number; readonly seal: number };
  process.stdout.write(
    [
      `${mib} MiB, ${runs} runs, Node ${process.versions.node}, ${availableParallelism()} cores, ${folder}`,
      '',
      '| way | MiB/s | ms | least | ms of processor | MiB above bare |',
      '| --- | --- | --- | --- | --- | --- |',
      ...rows,
      '',
      `seal: ${ratio('seal', 'plain-sync', 'plain-async')}; aim 0.8`,
      `open: ${ratio('open', 'plain-sync-open', 'plain-async-open')}; aim 0.8`,
      `one byte: ${seal.toFixed(2)} ms, GenerateDataKey alone ${call.toFixed(2)} ms: ${(seal / call).toFixed(2)}; aim 1.3`,
      others(),
      '',
    ].join('\n'),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** What else is on this machine, for information. */
function others(): string {
  const told: string[] = [];
  const speed = spawnSync('openssl', ['speed', '-seconds', '1', '-bytes', '524288', '-evp', 'aes-256-gcm'], {
    encoding: 'utf8',
  });
  if (speed.status === 0) told.push(`openssl speed: ${speed.stdout.trim().split('\n').at(-1)}`);
  if (spawnSync('age', ['--version']).status === 0) {
    const key = spawnSync('age-keygen', [], { encoding: 'utf8' });
    const recipient = /public key: (\S+)/.exec(key.stdout)?.[1] ?? '';
    const from = performance.now();
    execFileSync('age', ['-r', recipient, '-o', place('age'), place('plain')]);
    told.push(`age: ${((mib / (performance.now() - from)) * 1000).toFixed(0)} MiB/s`);
  }
  return told.join('\n');
}
