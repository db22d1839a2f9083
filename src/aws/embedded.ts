/**
 * The embedded AWS as a place to connect to. The one file outside the emulator that loads it, and only when
 * waxseal.json or WAXSEAL_EMBEDDED says so.
 */
import type { EmulatorConnection } from '../emulator/index.ts';
import { type ErrorCode, WaxsealError } from '../errors.ts';
import type { LocalEndpoint } from './sdk/clients.ts';

/** The account id of the embedded AWS. */
export const EMBEDDED_ACCOUNT = '000000000000';

/** An open embedded AWS. */
export interface Embedded {
  readonly endpoint: LocalEndpoint;
  /** Stops it when this process is the one that serves it. */
  close(): Promise<void>;
}

const CODES: Readonly<Record<string, ErrorCode>> = { emulator_port_in_use: 'port_in_use' };

/**
 * Opens the state folder in this process, or talks to the process that has it open. When that one ends, `renew`
 * takes its place.
 * @param regions - what to serve, where this process does
 * @param needed - what has to be served, whoever does
 * @throws WaxsealError `local_state` when the state is broken, newer, or another user's, or a needed region is not
 *   served; `port_in_use`
 */
export async function openEmbedded(
  stateDir: string,
  regions: readonly string[],
  needed: readonly string[] = regions,
): Promise<Embedded> {
  const { connectEmulator } = await import('../emulator/index.ts');
  const connect = async (): Promise<EmulatorConnection> => {
    try {
      return await connectEmulator({ stateDir, regions, account: EMBEDDED_ACCOUNT });
    } catch (error) {
      throw fromEmulator(error);
    }
  };
  let connection = await connect();
  checkServed(needed, connection);
  let renewing: Promise<EmulatorConnection> | undefined;
  let closed = false;
  return {
    endpoint: {
      url: () => connection.endpoint,
      async renew() {
        // A call that was under way when everything was closed must not open it again: the process would never end.
        if (closed) throw new WaxsealError('cancelled', 'the embedded AWS was closed');
        renewing ??= connect().finally(() => {
          renewing = undefined;
        });
        connection = await renewing;
        return connection.endpoint;
      },
    },
    async close() {
      closed = true;
      const late = await renewing?.catch(() => undefined);
      await late?.close();
      await connection.close();
    },
  };
}

/** A region that was added after "waxseal local" was started would else look like credentials that AWS does not know. */
function checkServed(needed: readonly string[], { regions, endpoint }: EmulatorConnection): void {
  const missing = needed.filter((region) => !regions.includes(region));
  if (missing.length === 0) return;
  throw new WaxsealError(
    'local_state',
    `the embedded AWS at ${endpoint} does not serve ${missing.join(', ')}`,
    { hint: 'start "waxseal local" again: it serves the regions that waxseal.json has when it starts' },
  );
}

/** Says an emulator's complaint in waxseal's codes; anything else stays as it is. */
export function fromEmulator(error: unknown): unknown {
  const { name, code, message, hint } = error as Partial<Error & { code: string; hint: string }>;
  if (name !== 'EmulatorError' || code === undefined) return error;
  return new WaxsealError(CODES[code] ?? 'local_state', message ?? code, { hint, cause: error });
}
