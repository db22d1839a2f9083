import { type Clock, createClock } from './clock.ts';
import { createFaults, type Faults } from './faults.ts';
import { createQuotas, type Quotas } from './quotas.ts';

/** What can be switched while an emulator runs. */
export interface Switches {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly quotas: Quotas;
}

/** Switches that are forgotten with the process. */
export function createSwitches(base: () => number): Switches {
  const clock = createClock(base);
  return { clock, faults: createFaults(clock.now), quotas: createQuotas(clock.now) };
}
