import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { createClock, readAhead } from '../clock.ts';
import { readFault } from '../fault-input.ts';
import { createFaults } from '../faults.ts';
import { readQuota } from '../quota-table.ts';
import { createQuotas } from '../quotas.ts';
import type { Switches } from '../switches.ts';
import { broken, fileNames, ifThere } from './folder.ts';

/**
 * The switches of a state folder. They are kept beside the state, so that a region that was taken down stays down, and
 * a key that was deleted by moving the clock stays deleted, for the next process that serves the folder.
 * @throws EmulatorError emulator_state_broken
 */
export async function openSwitches(dir: string, base: () => number): Promise<Switches> {
  const [ahead, faults, quota] = await Promise.all([
    openFile(dir, fileNames.clock, readAhead),
    openFile(dir, fileNames.faults, (value) => (value as unknown[]).map(readFault)),
    openFile(dir, fileNames.quota, readQuota),
  ]);
  const clock = createClock(base, ahead.value ?? 0, (ms) => ahead.save(ms === 0 ? undefined : ms));
  return {
    clock,
    faults: createFaults(clock.now, faults.value ?? [], (list) =>
      faults.save(list.length === 0 ? undefined : list),
    ),
    quotas: createQuotas(clock.now, quota.value ?? [], (table) =>
      quota.save(table.length === 0 ? undefined : table),
    ),
  };
}

interface KeptFile<T> {
  /** What it held when it was opened. */
  readonly value: T | undefined;
  /** Keeps a value, or with `undefined` none. */
  save(value: unknown): void;
}

async function openFile<T>(dir: string, name: string, read: (value: unknown) => T): Promise<KeptFile<T>> {
  const path = join(dir, name);
  const text = await ifThere(readFile(path, 'utf8'));
  let value: T | undefined;
  try {
    if (text !== undefined) value = read(JSON.parse(text));
  } catch (cause) {
    throw broken(path, 'does not hold what it should', cause);
  }
  return {
    value,
    save: (next) => {
      if (next === undefined) rmSync(path, { force: true });
      else writeFileAtomic.sync(path, `${JSON.stringify(next)}\n`, { mode: 0o600 });
    },
  };
}
