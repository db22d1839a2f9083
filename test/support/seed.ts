/** Randomness that can be had again: each test that uses it prints its seed and how much it tried. */
import * as fc from 'fast-check';

/** TEST_DEEP=1 runs the full counts. */
export const deep: boolean = process.env.TEST_DEEP === '1';

/** TEST_SEED replays a run. */
export const seed: number = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);

/** How often: a small sample, or with TEST_DEEP=1 the full count. */
export function rounds(small: number, full: number): number {
  return deep ? full : small;
}

/** Says what a test tried, so that a run can be judged and replayed. */
export function tried(what: string, count: number): void {
  console.info(`${what}: ${count} (TEST_SEED=${seed})`);
}

/** Checks a property, small or deep, and says so. */
export async function checkProperty<T>(
  what: string,
  property: fc.IAsyncProperty<T> | fc.IProperty<T>,
  runs: { readonly small: number; readonly full: number },
): Promise<void> {
  const numRuns = rounds(runs.small, runs.full);
  tried(what, numRuns);
  await fc.assert(property as fc.IAsyncProperty<T>, { seed, numRuns });
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function randomNumbers(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of several, drawn. */
export function draw<T>(random: () => number, from: readonly T[]): T {
  const one = from[Math.floor(random() * from.length)];
  if (one === undefined) throw new Error('nothing to draw from');
  return one;
}

/** All cases of a table with the deep tests, else the first so many: those that show most. */
export function cases<const T extends readonly [unknown, ...unknown[]]>(
  first: number,
  all: readonly T[],
): readonly T[] {
  return deep ? all : all.slice(0, first);
}
