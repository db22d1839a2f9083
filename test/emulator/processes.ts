import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { present } from './support.ts';

/** The program that serves a state folder until its stdin ends. */
export const ownerScript: string = fileURLToPath(new URL('fixtures/owner.ts', import.meta.url));

export interface Opened {
  readonly child: ChildProcess;
  readonly endpoint: string;
  readonly owner: boolean;
  /** The code of the EmulatorError that it ended in instead. */
  readonly error?: string;
}

export interface OpenOptions {
  /** What stands before the script, by default this Node. */
  readonly command?: readonly string[];
  readonly spawn?: SpawnOptions;
}

/** Starts a process that opens the folder, and does not wait for it. */
export function launch(stateDir: string, options: OpenOptions = {}): ChildProcess {
  const [command = process.execPath, ...args] = options.command ?? [];
  const child = spawn(command, [...args, ownerScript, stateDir], {
    ...options.spawn,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Opens the folder in a process of its own. */
export async function open(stateDir: string, options: OpenOptions = {}): Promise<Opened> {
  const child = launch(stateDir, options);
  for await (const line of createInterface({ input: present(child.stdout) }))
    return { child, ...(JSON.parse(line) as Omit<Opened, 'child'>) };
  throw new Error('the process ended without a word');
}

export async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
