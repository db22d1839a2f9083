/**
 * A short memory of which regions did not answer. A read asks those after the others, so that a dead home costs the
 * hedge delay once and not at each call. No region is ever left out: when the others fail, it is asked.
 */
import type { Region } from './ports.ts';

/** How long a region that did not answer is put last, in ms. After that it is tried again in its own place. */
export const REMEMBERED = 30_000;

/** What is remembered of regions. */
export interface RegionHealth {
  /** The regions in the order in which to ask them. */
  order(regions: readonly Region[]): readonly Region[];
  /** Whether a region did not answer a short while ago. */
  isDown(region: string): boolean;
  /** A region is about to be asked. One that is tried again counts as down for all others until it answers. */
  asked(region: string): void;
  /** A region was unreachable, timed out, or was silent until another one answered. */
  failed(region: string): void;
  answered(region: string): void;
  /** When each region that is down failed, in ms since 1970. */
  failures(): Readonly<Record<string, number>>;
  /** Takes over what another process remembered. */
  recall(failures: Readonly<Record<string, number>>): void;
}

/** Remembers nothing yet. @param now - the time in ms since 1970 */
export function createHealth(now: () => number = Date.now): RegionHealth {
  const failures = new Map<string, number>();
  const isDown = (region: string): boolean => {
    const at = failures.get(region);
    if (at === undefined) return false;
    const age = now() - at;
    // A time that is yet to come was told by a clock that was wrong.
    return age >= 0 && age < REMEMBERED;
  };
  return {
    isDown,
    order: (regions) => [
      ...regions.filter(({ name }) => !isDown(name)),
      ...regions.filter(({ name }) => isDown(name)),
    ],
    asked(region) {
      if (failures.has(region) && !isDown(region)) failures.set(region, now());
    },
    failed: (region) => void failures.set(region, now()),
    answered: (region) => void failures.delete(region),
    failures: () => Object.fromEntries([...failures].filter(([region]) => isDown(region))),
    recall(told) {
      for (const [region, at] of Object.entries(told)) failures.set(region, at);
    },
  };
}
