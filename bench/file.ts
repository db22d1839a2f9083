/**
 * Sealing and opening a file beside the best plain loops that Node has for it, turn by turn in one run, each in a
 * process of its own: `node bench/file.ts [MiB] [runs] [folder]`. Prints its part of docs/BENCHMARKS.md and writes it.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { others } from './file/others.ts';
import { median, surroundings, table, writeFilesPart } from './page.ts';

const [mib, runs] = [Number(process.argv[2] ?? 1024), Number(process.argv[3] ?? 9)];
const folder = mkdtempSync(join(process.argv[4] ?? tmpdir(), 'waxseal-bench-'));
const place = (name: string): string => join(folder, name);
const script = (name: string): string => join(import.meta.dirname, 'file', name);
const MIB = 1024 * 1024;
/** What others did on the machine before; where it is much, the least times say more than the medians. */
const busy = (loadavg()[0] ?? 0).toFixed(1);

interface Measured {
  readonly ms: number;
  readonly cpu: number;
  /** In KiB. */
  readonly rss: number;
}

interface Way {
  readonly title: string;
  /** What run.ts is told, with the bytes of a piece. */
  readonly args: readonly [way: string, piece: number];
  readonly from: 'plain' | 'sealed';
}

const way = (title: string, name: string, piece: number, from: Way['from']): Way => ({
  title,
  args: [name, piece],
  from,
});
const HALF = MIB / 2;
const bare = way('a bare node', 'bare', HALF, 'plain');
/** In the order of their turns; those of a direction read the same bytes. */
const directions = [
  {
    what: 'encrypt',
    own: way('waxseal, encrypt', 'seal', HALF, 'plain'),
    peers: [
      way('plain loop, encrypt: read, update, write, one after the other', 'plain-sync', HALF, 'plain'),
      way('the same, reading and writing meanwhile', 'plain-async', HALF, 'plain'),
      way('the same in pieces of 1 MiB', 'plain-async', MIB, 'plain'),
    ],
  },
  {
    what: 'decrypt',
    own: way('waxseal, decrypt', 'open', HALF, 'sealed'),
    peers: [
      way('plain loop, decrypt: read, update, write, one after the other', 'plain-sync-open', HALF, 'sealed'),
      way('the same, reading and writing meanwhile', 'plain-async-open', HALF, 'sealed'),
      way('the same in pieces of 1 MiB', 'plain-async-open', MIB, 'sealed'),
    ],
  },
] as const;
const all = directions.flatMap(({ own, peers }) => [own, ...peers]);

function runOnce({ args: [name, piece], from }: Way, to = 'out'): Measured {
  // Each finds an empty place: freeing what was there takes as long as a part of the work.
  rmSync(place(to), { force: true });
  const args = [script('run.ts'), name, place(from), place(to), String(piece)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Measured;
}

async function writePlain(size: number): Promise<void> {
  const file = createWriteStream(place('plain'));
  const piece = randomBytes(MIB);
  for (let i = 0; i < size; i += 1) if (!file.write(piece)) await once(file, 'drain');
  file.end();
  await once(file, 'close');
  runOnce(directions[0].own, 'sealed');
}

/** Each way in its turn. @returns what was measured of each */
function measure(ways: readonly Way[]): (one: Way, what: keyof Measured) => readonly number[] {
  const found = new Map<Way, Measured[]>(ways.map((one) => [one, []]));
  for (let run = 0; run < runs; run += 1) {
    for (const one of ways) found.get(one)?.push(runOnce(one));
    process.stderr.write(`${run + 1} of ${runs}\n`);
  }
  return (one, what) => (found.get(one) ?? []).map((measured) => measured[what]);
}

try {
  await writePlain(1);
  const own = directions.map((direction) => direction.own);
  const small = measure([bare, ...own]);
  await writePlain(mib);
  const large = measure([bare, ...all]);
  const above = (of: typeof large, one: Way): number =>
    ((median(of(one, 'rss')) - median(of(bare, 'rss'))) * 1024) / 1e6;
  const least = (one: Way): number => Math.min(...large(one, 'ms'));
  const rows = all.map((one) => [
    one.title,
    ((mib / median(large(one, 'ms'))) * 1000).toFixed(0),
    `${median(large(one, 'ms')).toFixed(0)} (${least(one).toFixed(0)})`,
    median(large(one, 'cpu')).toFixed(0),
    above(large, one).toFixed(0),
  ]);
  const rates = directions.map(({ what, own: mine, peers }) => {
    const ratio = Math.min(...peers.map((one) => median(large(one, 'ms')))) / median(large(mine, 'ms'));
    const byLeast = Math.min(...peers.map(least)) / least(mine);
    const aim = `rate of ${what} over the best plain loop's, ${mib} MiB`;
    return [aim, '≥ 0.8x', `${ratio.toFixed(2)}x`, `${byLeast.toFixed(2)}x`, met(ratio >= 0.8)];
  });
  const memory = directions.map(({ what, own: mine }) => {
    const [at, atOne] = [above(large, mine), above(small, mine)];
    const told = `${at.toFixed(0)} MB; ${atOne.toFixed(0)} MB at 1 MiB`;
    return [`memory of ${what} over a bare node, ${mib} MiB`, '≤ 120 MB', told, '', met(at <= 120)];
  });
  const text = [
    'Written by `node bench/file.ts`, which `npm run bench` ends with; `bench/README.md` says how.',
    '',
    ...surroundings().map((line) => `- ${line}`),
    `- load average before: ${busy}; where that is much, the least times say more than the medians`,
    `- ${runs} runs of each way, taking turns, each a process of its own; ${mib} MiB of random bytes; every way ends with an fsync; a KMS that answers at once`,
    '',
    table(['way', 'MiB a second', 'ms, median (least)', 'ms of processor', 'MB above a bare node'], rows),
    '',
    table(['what', 'aim', 'found', 'by the least', 'met'], [...rates, ...memory, oneByte()]),
    '',
    'For information, on the same machine in the same run:',
    '',
    ...others(place, mib).map((line) => `- ${line}`),
  ].join('\n');
  writeFilesPart(text);
  process.stdout.write(`${text}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function oneByte(): readonly string[] {
  const out = execFileSync(process.execPath, [script('one-byte.ts')], { encoding: 'utf8' });
  const { call, seal } = JSON.parse(out) as { readonly call: number; readonly seal: number };
  const found = `${(seal / call).toFixed(2)}x (${seal.toFixed(2)} ms, ${call.toFixed(2)} ms)`;
  return ['a stream of 1 byte over one GenerateDataKey, warm', '≤ 1.3x', found, '', met(seal / call <= 1.3)];
}

function met(yes: boolean): string {
  return yes ? 'yes' : '**no**';
}
