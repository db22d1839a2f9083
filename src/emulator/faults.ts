import { readFault, touched } from './fault-input.ts';
import { seededRandom } from './random.ts';
import type { Fault, FaultKind } from './types.ts';

/** What is wrong with one call. */
export interface Hits {
  /** To be waited for, one after the other. */
  readonly latencies: readonly Fault[];
  /** Read as of so many milliseconds ago. */
  readonly staleMs?: number;
  /** A listing gives an empty page first. */
  readonly blank: boolean;
  /** What becomes of the call; at most one. */
  readonly ending?: Fault;
}

export interface Faults {
  set(fault: Fault): void;
  clear(region?: string): void;
  readonly list: readonly Fault[];
  /** The faults that hit a call. Counts `times` down. */
  take(region: string, operation: string): Hits;
}

/** Endings that leave an operation undone: what would have changed its answer is not spent on it. */
const undone: readonly FaultKind[] = ['down', 'hang', 'throttle', 'error'];

interface Entry {
  readonly fault: Fault;
  /** From 0 to below 1. */
  readonly draw: () => number;
}

/**
 * @param now - the emulator's clock, for faults that end at a time
 * @param initial - the faults that were set before
 * @param changed - called with all faults whenever one is set, cleared or spent
 */
export function createFaults(
  now: () => number,
  initial: readonly Fault[] = [],
  changed: (faults: readonly Fault[]) => void = () => {},
): Faults {
  const entry = (fault: Fault): Entry => ({
    fault,
    draw: fault.seed === undefined ? Math.random : seededRandom(fault.seed),
  });
  let entries = initial.map(entry);
  const list = (): Fault[] => entries.map(({ fault }) => fault);
  const change = (next: Entry[]): void => {
    entries = next;
    changed(list());
  };
  const same = (a: Fault, b: Fault): boolean =>
    a.region === b.region && a.operation === b.operation && a.kind === b.kind;
  const endPast = (): void => {
    const at = now();
    const standing = entries.filter(({ fault }) => fault.until === undefined || fault.until > at);
    if (standing.length < entries.length) change(standing);
  };
  const spend = ({ fault, draw }: Entry): void => {
    if (fault.times === undefined) return;
    const times = fault.times - 1;
    change(
      times > 0
        ? entries.map((one) => (one.fault === fault ? { fault: { ...fault, times }, draw } : one))
        : entries.filter((one) => one.fault !== fault),
    );
  };
  return {
    set: (fault) => {
      const { forMs, ...checked } = readFault(fault);
      const dated: Fault = forMs === undefined ? checked : { ...checked, until: now() + forMs };
      change([...entries.filter((one) => !same(one.fault, dated)), entry(dated)]);
    },
    clear: (region) => {
      change(region === undefined ? [] : entries.filter(({ fault }) => fault.region !== region));
    },
    get list() {
      endPast();
      return list();
    },
    take: (region, operation) => {
      endPast();
      const candidates = entries.filter(({ fault }) => isMeant(fault, region, operation));
      const hits = (one: Entry): boolean =>
        one.fault.probability === undefined || one.draw() < one.fault.probability;
      const latencies = candidates.filter((one) => one.fault.kind === 'latency' && hits(one));
      const ending = candidates.find((one) => isEnding(one.fault.kind) && hits(one));
      const answered = ending === undefined || !undone.includes(ending.fault.kind);
      const shaping = answered ? candidates.filter(({ fault }) => fault.kind in touched).filter(hits) : [];
      for (const one of [...latencies, ...shaping, ...(ending === undefined ? [] : [ending])]) spend(one);
      const stale = shaping.flatMap(({ fault }) => (fault.kind === 'stale' ? (fault.ms ?? []) : []));
      return {
        latencies: latencies.map(({ fault }) => fault),
        blank: shaping.some(({ fault }) => fault.kind === 'empty-pages'),
        ...(stale.length === 0 ? {} : { staleMs: Math.max(...stale) }),
        ...(ending === undefined ? {} : { ending: ending.fault }),
      };
    },
  };
}

function isMeant(fault: Fault, region: string, operation: string): boolean {
  if (fault.region !== '*' && fault.region !== region) return false;
  if (fault.operation !== undefined && fault.operation !== operation) return false;
  return touched[fault.kind]?.includes(operation) ?? true;
}

function isEnding(kind: FaultKind): boolean {
  return kind !== 'latency' && !(kind in touched);
}
