/** The embedded AWS in a process of its own, so that what it takes of a processor is not counted as a start's. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type CallRecord, type QuotaSetting, startEmulator } from '../../src/emulator/index.ts';

/** The region of the benchmark. */
export const REGION = 'us-east-1';
/** A region that takes calls and never answers: the worst that a home can do to a start. */
export const DEAD = 'eu-west-1';

/** What can be asked of the process. */
type Order =
  | { readonly latency: number }
  | { readonly quota: QuotaSetting }
  | { readonly take: 'calls' }
  | { readonly stop: true };

/** A running embedded AWS. */
export interface Aws {
  readonly endpoint: string;
  /** Each call's answer comes so many ms later. */
  setLatency(ms: number): Promise<void>;
  setQuota(quota: QuotaSetting): Promise<void>;
  /** The calls since it was last asked. */
  takeCalls(): Promise<readonly CallRecord[]>;
  stop(): Promise<void>;
}

/** Starts the process and waits until it serves. */
export async function startAws(): Promise<Aws> {
  const child = fork(fileURLToPath(import.meta.url), { env: { ...process.env, WAXSEAL_BENCH_AWS: '1' } });
  const [endpoint] = (await once(child, 'message')) as [string];
  const setLatency = async (latency: number): Promise<void> => void (await ask(child, { latency }));
  return {
    endpoint,
    setLatency,
    setQuota: async (quota) => void (await ask(child, { quota })),
    takeCalls: async () => (await ask(child, { take: 'calls' })) as readonly CallRecord[],
    stop: async () => {
      const ended = once(child, 'exit');
      child.send({ stop: true } satisfies Order);
      await ended;
    },
  };
}

/** Orders go one at a time, so the next message is the answer. */
async function ask(child: ChildProcess, order: Order): Promise<unknown> {
  const answered = once(child, 'message');
  child.send(order);
  const [answer] = (await answered) as [unknown];
  return answer;
}

async function serve(): Promise<void> {
  const emulator = await startEmulator({ regions: [REGION, DEAD] });
  const silence = (): void => emulator.setFault({ region: DEAD, kind: 'hang' });
  silence();
  // Whoever asked for it may be killed.
  process.once('disconnect', () => void emulator.close());
  process.on('message', (order: Order) => {
    if ('stop' in order) return process.disconnect();
    if ('latency' in order) {
      emulator.clearFaults();
      silence();
      if (order.latency > 0) emulator.setFault({ region: '*', kind: 'latency', ms: order.latency });
    }
    if ('quota' in order) emulator.setQuota(order.quota);
    process.send?.('take' in order ? emulator.calls : true);
    if ('take' in order) emulator.clearCalls();
  });
  process.send?.(emulator.endpoint);
}

if (process.env.WAXSEAL_BENCH_AWS === '1') await serve();
