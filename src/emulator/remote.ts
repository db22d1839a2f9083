import { readAhead, readClockState } from './clock.ts';
import { controlPrefix } from './control.ts';
import { EmulatorError } from './errors.ts';
import { readFault } from './fault-input.ts';
import { readQuota } from './quota-table.ts';
import type { ClockState, Fault, QuotaTable, RemoteClock, RemoteFaults, RemoteQuota } from './types.ts';

type Ask = (init: RequestInit, query?: string) => Promise<unknown>;

/** One of the control endpoints of a running emulator. */
function asking(endpoint: string, name: string): Ask {
  const url = new URL(`${controlPrefix}${name}`, endpoint);
  return async (init, query = '') => {
    let response: Response;
    try {
      response = await fetch(new URL(query, url), init);
    } catch (error) {
      const hint = 'start it, or check the endpoint';
      throw new EmulatorError('emulator_unreachable', `no emulator answers at ${endpoint}`, hint, error);
    }
    if (response.ok) return response.json();
    const text = `the emulator refused with HTTP ${response.status}`;
    throw new EmulatorError('emulator_unreachable', text, 'check that the endpoint is an emulator');
  };
}

function posting(value: unknown): RequestInit {
  const headers = { 'content-type': 'application/json' };
  return { method: 'POST', headers, body: JSON.stringify(value) };
}

/** Sets, clears and lists the faults of a running emulator. Every call throws EmulatorError. */
export function remoteFaults(endpoint: string): RemoteFaults {
  const ask = asking(endpoint, 'faults');
  return {
    set: async (fault) => {
      await ask(posting(readFault(fault)));
    },
    clear: async (region) => {
      const query = region === undefined ? '' : `?region=${encodeURIComponent(region)}`;
      await ask({ method: 'DELETE' }, query);
    },
    list: async (): Promise<readonly Fault[]> => {
      const faults = await ask({});
      return Array.isArray(faults) ? faults.map(readFault) : [];
    },
  };
}

/** Sets and lists the quotas of a running emulator. Every call throws EmulatorError. */
export function remoteQuota(endpoint: string): RemoteQuota {
  const ask = asking(endpoint, 'quota');
  return {
    set: async (quota) => {
      await ask(posting(readQuota(quota)));
    },
    list: async (): Promise<QuotaTable> => readQuota(await ask({})),
  };
}

/** Moves and reads the clock of a running emulator. Every call throws EmulatorError. */
export function remoteClock(endpoint: string): RemoteClock {
  const ask = asking(endpoint, 'clock');
  return {
    advance: async (ms) => {
      await ask(posting({ advanceMs: readAhead(ms) }));
    },
    read: async (): Promise<ClockState> => {
      const state = readClockState(await ask({}));
      if (state !== undefined) return state;
      const hint = 'check that the endpoint is an emulator of this version';
      throw new EmulatorError('emulator_unreachable', `${endpoint} tells no time`, hint);
    },
  };
}
