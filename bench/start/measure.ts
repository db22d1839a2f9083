/** Calls are counted, times are taken: all starts take turns, so that all of them meet the same machine. */
import { median } from '../page.ts';
import { type Case, memory, type Starter } from './cases.ts';
import type { Aws } from './emulator.ts';
import type { Env } from './vaults.ts';

/** Latencies that are injected, in ms a call. */
export const LATENCIES: readonly number[] = [0, 20, 80];

/** The same for starts over TLS. */
export const SECURE_LATENCIES: readonly number[] = [20, 80];

/** What one start asked of AWS. */
export interface Count {
  readonly ssm: number;
  readonly kms: number;
  /** The longest row of calls of which each began when the one before was over. */
  readonly inARow: number;
}

/** What was measured of one start at one latency, in ms. */
export interface Times {
  readonly median: number;
  readonly min: number;
}

/** All of it, by the start and, for times, the latency. */
export interface Measured {
  count(starter: Starter, size?: number): Count;
  times(starter: Starter, size: number | undefined, latency: number): Times;
}

/** Where nothing is waited for, what else the machine does is a larger part of it: so many times as often. */
export const OFTENER_AT_ONCE = 3;

/** Makes every start once to count, which also fills the caches, then `runs` times at each latency. */
export async function measure(
  aws: Aws,
  cases: readonly Case[],
  runs: number,
  latencies: readonly number[] = LATENCIES,
): Promise<Measured> {
  const counts = new Map<string, Count>();
  await aws.setLatency(20);
  for (const one of cases) {
    // Twice: the first start is the one that a warm one needs before it.
    await one.run();
    await aws.takeCalls();
    await one.run();
    counts.set(keyOf(one.starter, one.size), await count(aws));
  }
  const times = new Map<string, number[]>();
  for (const latency of latencies) {
    await aws.setLatency(latency);
    process.stderr.write(`${latency} ms a call\n`);
    for (let round = 0; round < (latency === 0 ? OFTENER_AT_ONCE : 1) * runs; round += 1) {
      for (const one of cases) {
        const key = `${keyOf(one.starter, one.size)} ${latency}`;
        const taken = times.get(key) ?? [];
        taken.push(await one.run());
        times.set(key, taken);
      }
      await aws.takeCalls();
    }
  }
  await aws.setLatency(0);
  return {
    count: (starter, size) => found(counts, keyOf(starter, size)),
    times: (starter, size, latency) => {
      const taken = found(times, `${keyOf(starter, size)} ${latency}`);
      return { median: median(taken), min: Math.min(...taken) };
    },
  };
}

const keyOf = (starter: Starter, size: number | undefined): string => `${starter} ${size ?? ''}`;

function found<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`${key} was not measured`);
  return value;
}

async function count(aws: Aws): Promise<Count> {
  const calls = await aws.takeCalls();
  const by = (service: string): number => calls.filter((call) => call.service === service).length;
  let [inARow, over] = [0, Number.NEGATIVE_INFINITY];
  // The log tells when an answer went out, in whole milliseconds.
  for (const { at, ms } of [...calls].sort((a, b) => a.at - b.at)) {
    if (at - ms < over - 1) continue;
    inARow += 1;
    over = at;
  }
  return { ssm: by('ssm'), kms: by('kms'), inARow };
}

/** How much more memory a process has at most that loads 100 secrets, than a bare one, in MB. */
export async function loaderMemory(env: Env, runs: number): Promise<number> {
  const [bare, loading]: [number[], number[]] = [[], []];
  for (let round = 0; round < runs; round += 1) {
    bare.push(await memory(env));
    loading.push(await memory(env, 100));
  }
  return median(loading) - median(bare);
}
