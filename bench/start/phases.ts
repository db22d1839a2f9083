/** Where the milliseconds of a start go. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { median } from '../page.ts';
import { type Env, vaultOf, WAXSEAL } from './vaults.ts';

/** A part of a start, in ms: the median. */
export interface Phase {
  readonly what: string;
  readonly ms: number;
}

const HOOK = join(import.meta.dirname, 'phases-hook.cjs');

/** Watches cold starts with 100 secrets. */
export async function phases(env: Env, runs: number): Promise<readonly Phase[]> {
  const taken = new Map<string, number[]>();
  for (let round = 0; round < runs; round += 1) {
    let before = 0;
    for (const [what, end] of Object.entries(await once(env))) {
      taken.set(what, [...(taken.get(what) ?? []), end - before]);
      before = end;
    }
  }
  return [...taken].map(([what, values]) => ({ what, ms: median(values) }));
}

async function once(env: Env): Promise<Readonly<Record<string, number>>> {
  const child = spawn(process.execPath, ['-r', HOOK, WAXSEAL, 'exec', '-q', '--', 'true'], {
    env: { ...env, WAXSEAL_VAULT: vaultOf(100) },
    cwd: env.HOME,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(await text(child.stdout)) as Readonly<Record<string, number>>;
}
