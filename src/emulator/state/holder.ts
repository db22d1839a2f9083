import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { isObject } from '../validate.ts';
import { newer } from './folder.ts';

/** Who serves a state folder, or is about to take it over. */
export interface Holder {
  readonly version: 1;
  /** Random; names this holding, so that a takeover is of one certain holding and no other. */
  readonly generation: string;
  readonly pid: number;
  /** Tells the process from a later one with the same pid; null where the system does not say. */
  readonly processStart: string | null;
  /** What the health endpoint has to answer. */
  readonly instance: string;
  /** Null while the holder is starting. */
  readonly endpoint: string | null;
  readonly closed: boolean;
  /** Milliseconds. */
  readonly startedAt: number;
}

const endpointPattern = /^http:\/\/127\.0\.0\.1:\d{1,5}$/;

/** Undefined where the text is no holder. @throws EmulatorError emulator_state_newer */
export function readHolder(path: string, text: string): Holder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { version, generation, pid, processStart, instance, endpoint, closed, startedAt } = value;
  if (typeof version === 'number' && version > 1) throw newer(path);
  if (typeof generation !== 'string' || !/^[0-9a-f]+$/.test(generation)) return undefined;
  if (typeof pid !== 'number' || typeof instance !== 'string' || typeof startedAt !== 'number')
    return undefined;
  if (processStart !== null && typeof processStart !== 'string') return undefined;
  // Requests with secrets are sent to this address: none but loopback is believed.
  if (endpoint !== null && (typeof endpoint !== 'string' || !endpointPattern.test(endpoint)))
    return undefined;
  return {
    version: 1,
    generation,
    pid,
    processStart,
    instance,
    endpoint,
    closed: closed === true,
    startedAt,
  };
}

/** When a process began, in ticks since a certain boot; null where /proc is not there or the process is gone. */
export function processStart(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command's name is in parentheses and may hold any character: fields count from behind the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, start] = [fields[0], fields[19]];
    if (start === undefined || state === 'Z' || state === 'X') return null;
    return `${boot}:${start}`;
  } catch {
    return null;
  }
}

/** Longest that a starting holder is waited for where processes can't be told apart by their start. */
const startingMs = 10_000;

function processLives(holder: Holder): boolean {
  if (holder.processStart !== null) return processStart(holder.pid) === holder.processStart;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return holder.endpoint !== null || Date.now() - holder.startedAt < startingMs;
}

/** It serves these regions. `busy`: it lives but does not answer, yet or at the moment. `gone`: take it over. */
export type Verdict = { readonly regions: readonly string[] } | 'busy' | 'gone';

export async function judge(holder: Holder): Promise<Verdict> {
  if (holder.closed) return 'gone';
  if (holder.endpoint === null) return processLives(holder) ? 'busy' : 'gone';
  const health = await askHealth(holder.endpoint);
  if (health === 'silent') return processLives(holder) ? 'busy' : 'gone';
  // Somebody else has the port, or nobody: an owner keeps it to its very end.
  return health?.instance === holder.instance ? { regions: health.regions } : 'gone';
}

/** What an emulator says of itself. */
interface Health {
  readonly instance: string;
  readonly regions: readonly string[];
}

/** The emulator that answers at an endpoint; undefined where none does, `silent` where it can't be told. */
function askHealth(endpoint: string): Promise<Health | 'silent' | undefined> {
  return new Promise((resolve) => {
    const request = get(`${endpoint}/_waxseal/health`, { agent: false, timeout: 2000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(readHealth(text)));
      response.on('error', () => resolve('silent'));
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNREFUSED' ? undefined : 'silent'),
    );
  });
}

/** Undefined where it is not an emulator: another server has the port now. */
function readHealth(text: string): Health | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    if (!isObject(answer) || typeof answer.instance !== 'string') return undefined;
    const regions = Array.isArray(answer.regions) ? answer.regions : [];
    return { instance: answer.instance, regions: regions.filter((region) => typeof region === 'string') };
  } catch {
    return undefined;
  }
}
