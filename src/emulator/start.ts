import { randomBytes } from 'node:crypto';
import { isRegionName } from './arn.ts';
import { createIdentities, type Identities } from './auth/identities.ts';
import { createCalls } from './calls.ts';
import { EmulatorError } from './errors.ts';
import { readQuota } from './quota-table.ts';
import { listen } from './server.ts';
import { type DiskStore, openDisk } from './state/disk.ts';
import { inFolder, openFolder } from './state/folder.ts';
import { type Claim, claim, type Ownership } from './state/owner.ts';
import { createStore } from './state/store.ts';
import { openSwitches } from './state/switch-files.ts';
import { createSwitches, type Switches } from './switches.ts';
import type { CallRecord, Emulator, EmulatorConnection, EmulatorOptions, QuotaTable } from './types.ts';

interface Settings {
  readonly port: number;
  readonly regions: readonly string[];
  readonly account: string;
  readonly now: () => number;
  readonly quota: QuotaTable | undefined;
  readonly onCall: ((call: CallRecord) => void) | undefined;
  readonly identities: Identities;
}

function readOptions(options: EmulatorOptions): Settings {
  const {
    port = 0,
    regions = ['us-east-1', 'eu-west-1'],
    account = '000000000000',
    now = Date.now,
    onCall,
  } = options;
  const invalid = (what: string, hint: string): EmulatorError =>
    new EmulatorError('emulator_option_invalid', what, hint);
  const bad = regions.find((region) => !isRegionName(region));
  if (bad !== undefined) throw invalid(`"${bad}" is not an AWS region name`, 'use names such as eu-west-1');
  if (regions.length === 0) throw invalid('no region', 'name at least one');
  if (!/^\d{12}$/.test(account)) throw invalid('"account" expected twelve digits', 'use 000000000000');
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw invalid('"port" expected a whole number from 0 to 65535', 'use 0 for a free one');
  const quota = options.quota === undefined ? undefined : readQuota(options.quota);
  const identities = createIdentities(account, options.identities);
  return { port, regions: [...new Set(regions)], account, now, quota, onCall, identities };
}

const memory = (): DiskStore => ({ store: createStore(() => {}), close: async () => {} });

async function run(
  settings: Settings,
  instance: string,
  state: DiskStore,
  switches: Switches,
  ownership: Ownership | undefined,
): Promise<Emulator> {
  const { port, regions, account, quota, onCall, identities } = settings;
  const { clock, faults, quotas } = switches;
  if (quota !== undefined) quotas.set(quota);
  const calls = createCalls(onCall);
  const world = { store: state.store, account, regions, now: clock.now };
  const listening = await listen({ world, switches, calls, identities, instance }, port);
  const close = async (): Promise<void> => {
    // Others must not find the port shut while the state is still being written: they would take it over.
    listening.refuse();
    try {
      await state.close();
      await ownership?.release();
    } finally {
      await listening.close();
    }
  };
  try {
    await ownership?.announce(listening.endpoint);
  } catch (error) {
    await listening.close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    endpoint: listening.endpoint,
    account,
    regions,
    setFault: faults.set,
    clearFaults: faults.clear,
    get faults() {
      return faults.list;
    },
    setQuota: quotas.set,
    get quota() {
      return quotas.table;
    },
    advance: clock.advance,
    get clock() {
      return clock.state;
    },
    get calls() {
      return calls.list;
    },
    clearCalls: calls.clear,
    setIdentities: identities.set,
    get identities() {
      return identities.list;
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

const claimFolder = (dir: string, instance: string): Promise<Claim> =>
  inFolder(dir, async () => {
    await openFolder(dir);
    return claim(dir, instance);
  });

async function runOwned(
  settings: Settings,
  dir: string,
  instance: string,
  ownership: Ownership,
): Promise<Emulator> {
  let state: DiskStore | undefined;
  try {
    return await inFolder(dir, async () => {
      state = await openDisk(dir);
      return run(settings, instance, state, await openSwitches(dir, settings.now), ownership);
    });
  } catch (error) {
    // What went wrong first is what the caller learns.
    await state?.close().catch(() => {});
    await ownership.release();
    throw error;
  }
}

/**
 * Starts an emulator in this process.
 * @throws EmulatorError emulator_state_busy where another one serves the folder, and all its other codes
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const settings = readOptions(options);
  const instance = randomBytes(16).toString('hex');
  if (options.stateDir === undefined)
    return run(settings, instance, memory(), createSwitches(settings.now), undefined);
  const claimed = await claimFolder(options.stateDir, instance);
  if (claimed.ownership !== undefined)
    return runOwned(settings, options.stateDir, instance, claimed.ownership);
  throw new EmulatorError(
    'emulator_state_busy',
    `the folder ${options.stateDir} is served at ${claimed.endpoint}`,
    'use that endpoint, or stop that emulator first',
  );
}

/**
 * Opens a state folder: serves it from this process when nobody does, else tells where it is served.
 * @throws EmulatorError
 */
export async function connectEmulator(
  options: EmulatorOptions & { readonly stateDir: string },
): Promise<EmulatorConnection> {
  const settings = readOptions(options);
  const instance = randomBytes(16).toString('hex');
  const claimed = await claimFolder(options.stateDir, instance);
  if (claimed.ownership === undefined) {
    const { endpoint, regions } = claimed;
    return { endpoint, regions, owner: false, close: async () => {} };
  }
  const emulator = await runOwned(settings, options.stateDir, instance, claimed.ownership);
  return { endpoint: emulator.endpoint, regions: settings.regions, owner: true, close: emulator.close };
}
