import type { CallRecord } from './types.ts';

const kept = 10_000;

export interface Calls {
  add(call: CallRecord): void;
  clear(): void;
  readonly list: readonly CallRecord[];
}

/** The latest calls. @param told - hears of each one */
export function createCalls(told: (call: CallRecord) => void = () => {}): Calls {
  let calls: CallRecord[] = [];
  return {
    add: (call) => {
      calls.push(call);
      told(call);
      // Trimmed in one go now and then, rather than on each call.
      if (calls.length >= 2 * kept) calls = calls.slice(-kept);
    },
    clear: () => {
      calls = [];
    },
    get list() {
      return calls.slice(-kept);
    },
  };
}
