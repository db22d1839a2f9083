/** Who runs a command, for its report. */
import type { Settings } from '../../config/index.ts';
import type { Observe } from '../observe.ts';
import { createAccountClients } from './clients.ts';
import { introduce } from './identity.ts';
import { plannedVault } from './scope.ts';

/** In ms, for a region that does not answer. */
const CALL_TIMEOUT = 3_000;

/** How it is asked. */
export interface AskCallerOptions {
  readonly signal: AbortSignal;
  /** Told of each call. */
  readonly observe?: Observe | undefined;
}

/**
 * The ARN that the credentials belong to, as the first region that answers says it; undefined where none does.
 * @param endpoint - the server that stands in for AWS, if one does
 * @throws WaxsealError `cancelled`
 */
export async function askCaller(
  settings: Settings,
  endpoint: string | undefined,
  { signal, observe }: AskCallerOptions,
): Promise<string | undefined> {
  const clients = createAccountClients(endpoint, observe);
  try {
    const scope = { settings, ...plannedVault(settings), clients, signal, timeout: CALL_TIMEOUT };
    const { caller } = await introduce(scope);
    return caller === undefined || caller.arn === '' ? undefined : caller.arn;
  } finally {
    clients.destroy();
  }
}
