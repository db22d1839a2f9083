/** What the commands under `waxseal local` share: which emulator is meant, and how its complaints are said. */
import { existsSync } from 'node:fs';
import { fromEmulator } from '../../src/aws/index.ts';
import { regionsOf } from '../../src/config/index.ts';
import { connectEmulator } from '../../src/emulator/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import type { CommandContext } from '../context.ts';
import { embeddedProject, stateFolder } from './local-project.ts';

/** Options that all of them take. */
export interface SwitchOptions {
  readonly state?: string;
  readonly json?: boolean;
}

/** Does something to the emulator that is meant. @throws WaxsealError */
export async function withEmulator(
  context: CommandContext,
  options: SwitchOptions,
  act: (endpoint: string) => Promise<void>,
): Promise<void> {
  try {
    const { endpoint, close } = await findEmulator(context, options);
    try {
      await act(endpoint);
    } finally {
      await close();
    }
  } catch (error) {
    throw fromEmulator(error);
  }
}

/** Reads what was typed by the emulator's own rules. @throws WaxsealError `usage` */
export function readTyped<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { name, message, hint } = error as Error & { readonly hint?: string };
    if (name !== 'EmulatorError') throw error;
    throw new WaxsealError('usage', message, hint === undefined ? {} : { hint });
  }
}

/**
 * WAXSEAL_ENDPOINT's server, else the one that serves the state folder, else the folder itself: what is switched stays
 * in it.
 */
async function findEmulator(
  context: CommandContext,
  options: SwitchOptions,
): Promise<{ readonly endpoint: string; close(): Promise<void> }> {
  const endpoint = context.env.WAXSEAL_ENDPOINT;
  if (options.state === undefined && endpoint !== undefined && endpoint !== '') {
    return { endpoint, close: async () => {} };
  }
  const project = await embeddedProject(context);
  const stateDir = stateFolder(context, options.state ?? context.env.WAXSEAL_EMBEDDED, project);
  if (stateDir === undefined) {
    throw new WaxsealError('config_missing', 'there is no embedded AWS here', {
      hint: 'go to a folder whose waxseal.json says "aws": "embedded", or name one with --state or WAXSEAL_ENDPOINT',
    });
  }
  // A folder that was named is meant to be there: made up, it would take the fault that another one should have.
  if ((options.state !== undefined || project === undefined) && !existsSync(stateDir)) {
    throw new WaxsealError('local_state', `there is no embedded AWS in ${stateDir}`, {
      hint: 'check the folder',
    });
  }
  const regions = project && regionsOf(project.config);
  return connectEmulator({ stateDir, ...(regions === undefined ? {} : { regions }) });
}
