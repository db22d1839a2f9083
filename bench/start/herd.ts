/** Twenty starts at once, as a deploy makes them, where Parameter Store allows so many calls a second. */
import { median } from '../page.ts';
import { type Case, caseOf, type Starter } from './cases.ts';
import type { Aws } from './emulator.ts';

const AT_ONCE = 20;
const SIZE = 100;
const LATENCY = 20;

/** What became of them. */
export interface Herd {
  readonly starter: Starter;
  /** Calls a second, and as many at once after a rest. */
  readonly quota: number;
  /** How often all of them were started. */
  readonly rounds: number;
  /** The least of the rounds. */
  readonly succeeded: number;
  /** Until the last one that came up was up, in ms; the median of the rounds. */
  readonly ms: number;
  /** Calls that were refused, in all rounds. */
  readonly throttled: number;
}

/** Starts the herds, waxseal's and the peers'. */
export async function herds(aws: Aws, cases: readonly Case[]): Promise<readonly Herd[]> {
  const plan: readonly (readonly [Starter, quota: number, rounds: number])[] = [
    ['exec', 40, 3],
    ['exec-warm', 40, 3],
    ['chamber', 40, 3],
    ['powertools', 40, 3],
    ['middy', 40, 3],
    ['exec', 8, 3],
    ['exec-warm', 8, 3],
    ['chamber', 8, 1],
  ];
  await aws.setLatency(LATENCY);
  const all: Herd[] = [];
  for (const [starter, quota, rounds] of plan) {
    process.stderr.write(`${AT_ONCE} at once, ${starter}, quota of ${quota}\n`);
    all.push(await herd(aws, caseOf(cases, starter, SIZE), quota, rounds));
  }
  await aws.setQuota('off');
  await aws.setLatency(0);
  return all;
}

async function herd(aws: Aws, one: Case, quota: number, rounds: number): Promise<Herd> {
  const operations = ['GetParameter', 'GetParameters', 'GetParametersByPath'];
  const taken: number[] = [];
  let [succeeded, throttled] = [AT_ONCE, 0];
  for (let round = 0; round < rounds; round += 1) {
    await aws.setQuota([{ region: '*', operations, rate: quota, burst: quota }]);
    await aws.takeCalls();
    const began = performance.now();
    const ends = await Promise.all(
      Array.from({ length: AT_ONCE }, () =>
        one.run().then(
          () => performance.now() - began,
          () => undefined,
        ),
      ),
    );
    const up = ends.filter((end) => end !== undefined);
    taken.push(Math.max(...up));
    succeeded = Math.min(succeeded, up.length);
    throttled += (await aws.takeCalls()).filter(({ error }) => error === 'ThrottlingException').length;
  }
  return { starter: one.starter, quota, rounds, succeeded, ms: median(taken), throttled };
}
