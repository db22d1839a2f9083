/** A large vault in four regions of the emulator, over HTTP, and a clock whose seconds can be made shorter. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Emulator, startEmulator } from '../../../src/emulator/index.ts';
import { openVault } from '../../../src/open-vault.ts';
import { createVault, type ImportItem, type Vault } from '../../../src/vault/index.ts';
import { bytes, VAULT } from '../../support/world.ts';

/** Home first. */
export const FOUR: readonly [string, string, string, string] = [
  'us-east-1',
  'eu-west-1',
  'ap-south-1',
  'sa-east-1',
];

/** A clock that runs as real time does, or so many times as fast. */
export interface FastClock {
  readonly now: () => number;
  /** Waits so many of its ms. */
  readonly pause: (ms: number) => Promise<void>;
  run(timesAsFast: number): void;
}

function fastClock(): FastClock {
  let [speed, since, at] = [1, performance.now(), Date.now()];
  const now = (): number => at + Math.floor((performance.now() - since) * speed);
  return {
    now,
    pause: (ms) => wait(ms / speed),
    run(timesAsFast) {
      [speed, since, at] = [timesAsFast, performance.now(), now()];
    },
  };
}

/** The vault and where it is. */
export interface LargeVault {
  readonly emulator: Emulator;
  readonly clock: FastClock;
  /** As another process would open it, with no data key opened. */
  open(): Promise<{ readonly vault: Vault; close(): Promise<void> }>;
  close(): Promise<void>;
}

/** Secrets whose values say which revision they are of. */
export function secrets(count: number, revision: number): readonly ImportItem[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `SECRET_${String(i).padStart(5, '0')}`,
    value: bytes(`value ${i} of revision ${revision}`),
  }));
}

/** Makes it, with a release of all secrets. Nothing is throttled yet. */
export async function largeVault(count: number): Promise<LargeVault> {
  const root = mkdtempSync(join(tmpdir(), 'waxseal-large-'));
  const [stateDir, cwd] = [join(root, 'state'), join(root, 'cwd')];
  mkdirSync(cwd);
  const env = { WAXSEAL_VAULT: VAULT, WAXSEAL_REGIONS: FOUR.join(',') };
  await (await openVault({ env: { ...env, WAXSEAL_EMBEDDED: stateDir }, cwd, create: true })).close();
  const clock = fastClock();
  const emulator = await startEmulator({ stateDir, regions: FOUR, now: clock.now });
  const open: LargeVault['open'] = async () => {
    const opened = await openVault({ env: { ...env, WAXSEAL_ENDPOINT: emulator.endpoint }, cwd });
    const { now, pause } = clock;
    const vault = createVault({ path: VAULT, regions: opened.connection.regions, now, pause });
    return {
      vault,
      async close() {
        vault.close();
        await opened.close();
      },
    };
  };
  const { vault, close } = await open();
  await vault.import(secrets(count, 1));
  await vault.publish();
  await close();
  return {
    emulator,
    clock,
    open,
    async close() {
      await emulator.close();
      rmSync(root, { recursive: true });
    },
  };
}

/** The calls that were answered, by region and operation, each such as `us-east-1 Decrypt: 1`, and those that were throttled. */
export function answered({ calls }: Emulator): {
  readonly done: readonly string[];
  readonly throttled: number;
} {
  const counts = new Map<string, number>();
  for (const { region, operation, status } of calls) {
    const key = `${region} ${operation}`;
    if (status === 200) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return {
    done: [...counts].map(([key, count]) => `${key}: ${count}`).sort(),
    throttled: calls.filter(({ error }) => error === 'ThrottlingException').length,
  };
}
