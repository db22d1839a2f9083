import { controlPrefix } from './control.ts';
import { EmulatorError } from './errors.ts';
import { readFault } from './faults.ts';
import type { Fault, RemoteFaults } from './types.ts';

/** Sets, clears and lists the faults of a running emulator. Every call throws EmulatorError. */
export function remoteFaults(endpoint: string): RemoteFaults {
  const url = new URL(`${controlPrefix}faults`, endpoint);
  const ask = async (init: RequestInit, query = ''): Promise<unknown> => {
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
  return {
    set: async (fault) => {
      const body = JSON.stringify(readFault(fault));
      await ask({ method: 'POST', headers: { 'content-type': 'application/json' }, body });
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
