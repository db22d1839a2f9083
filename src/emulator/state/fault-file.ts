import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { createFaults, type Faults, readFault } from '../faults.ts';
import { broken, fileNames, ifThere } from './folder.ts';

/**
 * The faults of a state folder. They are kept beside the state, so that a region that was taken down stays down for
 * the next process that serves the folder, until somebody brings it up.
 * @throws EmulatorError emulator_state_broken
 */
export async function openFaults(dir: string): Promise<Faults> {
  const path = join(dir, fileNames.faults);
  const text = await ifThere(readFile(path, 'utf8'));
  return createFaults(text === undefined ? [] : parse(path, text), (faults) => {
    if (faults.length === 0) rmSync(path, { force: true });
    else writeFileAtomic.sync(path, `${JSON.stringify(faults)}\n`, { mode: 0o600 });
  });
}

function parse(path: string, text: string): ReturnType<typeof readFault>[] {
  try {
    return (JSON.parse(text) as unknown[]).map(readFault);
  } catch (cause) {
    throw broken(path, 'is not a list of faults', cause);
  }
}
