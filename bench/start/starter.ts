/**
 * Starts processes and times them, from a process that is small, as a shell is: a fork copies the page tables of whoever
 * forks, and with all that the benchmark holds that takes 4 ms, as long as a sixth of a bare node.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Env } from './vaults.ts';

/** A process to be started with this Node. */
export interface Start {
  readonly args: readonly string[];
  readonly env: Env;
  readonly cwd: string | undefined;
}

/** A way to start processes; several at once too. */
export interface StartProcess {
  /** @returns ms from start to end. @throws Error when it fails */
  run(start: Start): Promise<number>;
  stop(): Promise<void>;
}

type Order = Start & { readonly id: number };
type Answer = { readonly id: number } & ({ readonly ms: number } | { readonly failure: string });

/** Makes the small process. */
export function createStarter(): StartProcess {
  const child = fork(fileURLToPath(import.meta.url), { env: { ...process.env, WAXSEAL_BENCH_STARTER: '1' } });
  const waiting = new Map<number, (answer: Answer) => void>();
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  let id = 0;
  return {
    async run(start) {
      id += 1;
      const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
      child.send({ ...start, id } satisfies Order);
      const answer = await answered;
      if ('failure' in answer) throw new Error(`${start.args.join(' ')}: ${answer.failure}`);
      return answer.ms;
    },
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}

async function time({
  args,
  env,
  cwd,
}: Start): Promise<{ readonly ms: number } | { readonly failure: string }> {
  const began = performance.now();
  const child = spawn(process.execPath, [...args], { env, cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    said += piece;
  });
  const [status] = (await once(child, 'exit')) as [number | null];
  const ms = performance.now() - began;
  return status === 0 ? { ms } : { failure: `ended with ${status}: ${said}` };
}

if (process.env.WAXSEAL_BENCH_STARTER === '1') {
  process.on('message', async ({ id, ...start }: Order) => {
    process.send?.({ id, ...(await time(start)) } satisfies Answer);
  });
}
