/** What is done on a stage, and what came of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text as textOf } from 'node:stream/consumers';
import { type ErrorCode, isWaxsealError } from '../../../src/errors.ts';
import { loadSecrets, secretsOrigin } from '../../../src/loader/index.ts';
import { openVault } from '../../../src/open-vault.ts';
import { createVault, type Vault } from '../../../src/vault/index.ts';
import { CLI, NODE } from '../../e2e/support/sandbox.ts';
import { bytes, text, VAULT } from '../../support/world.ts';
import { type Stage, VALUES } from './region-stage.ts';
import { type Calls, type Operation, REGIONS } from './region-table.ts';

/** How long is waited, in ms. */
export interface Patience {
  readonly timeout: number;
  readonly hedgeAfter: number;
}

/** What was seen. */
export interface Seen {
  /** The value, or the error's code. */
  readonly result: string;
  /** The region that answered. */
  readonly from?: string | undefined;
  /** What was told of the regions that had no part in it, by region. */
  readonly told?: Readonly<Record<string, ErrorCode>> | undefined;
  readonly copies?: string | undefined;
}

/** The value that `set` writes. */
export const WRITTEN = 'four';

/** Does it. An error's code is a result; anything else is thrown. */
export async function perform(
  stage: Stage,
  operation: Operation,
  patience: Patience,
  floor?: number,
): Promise<Seen> {
  try {
    switch (operation) {
      case 'get':
        return await withVault(stage, patience, async (vault) => {
          const { value, region } = await vault.get('A');
          return { result: text(value), from: region };
        });
      case 'list':
        return await withVault(stage, patience, list);
      case 'set':
        return await withVault(stage, patience, async (vault) => {
          const { behind } = await vault.set('A', bytes(WRITTEN));
          const told = Object.fromEntries(behind.map(({ region, error }) => [region, error.code]));
          return { result: WRITTEN, from: REGIONS.home, told };
        });
      case 'loadSecrets': {
        const { env, cwd } = stage;
        const secrets = await loadSecrets({ env, cwd, floor, ...patience, onWarning: () => {} });
        return { result: secrets.A ?? '', from: secretsOrigin(secrets)[0]?.region };
      }
      case 'exec':
        return await exec(stage, floor);
    }
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    return { result: error.code };
  }
}

/** A vault that does not wait between attempts: a fault that is there for good is there at the next one too. */
export async function withVault<T>(
  { env, cwd }: Pick<Stage, 'env' | 'cwd'>,
  patience: Patience,
  use: (vault: Vault) => Promise<T>,
): Promise<T> {
  const { connection, close } = await openVault({ env, cwd });
  const vault = createVault({
    path: VAULT,
    regions: connection.regions,
    pause: () => Promise.resolve(),
    ...patience,
  });
  try {
    return await use(vault);
  } finally {
    vault.close();
    await close();
  }
}

async function list(vault: Vault): Promise<Seen> {
  const { secrets, region, failed } = await vault.list();
  const [secret] = secrets;
  if (secret?.problem !== undefined) throw secret.problem;
  return {
    result: VALUES[(secret?.revision ?? 0) - 1] ?? '',
    from: region,
    told: Object.fromEntries(Object.entries(failed).map(([name, { code }]) => [name, code])),
    copies: Object.values(REGIONS)
      .map((name) => secret?.copies[name])
      .join(' '),
  };
}

/** The built command, with the waits that it has by itself. */
async function exec({ env, cwd }: Stage, floor: number | undefined): Promise<Seen> {
  const child = spawn(NODE, [CLI, 'exec', '--', NODE, '-e', 'process.stdout.write(process.env.A ?? "")'], {
    cwd,
    env: {
      ...env,
      PATH: process.env.PATH ?? '',
      HOME: cwd,
      ...(floor === undefined ? {} : { WAXSEAL_MIN_RELEASE: String(floor) }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const [out, said] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  const [status] = (await ended) as [number | null];
  if (status !== 0) return { result: /\[(\w+)\]$/m.exec(said)?.[1] ?? said };
  return { result: out, from: /was answered by ([a-z0-9-]+),/.exec(said)?.[1] ?? REGIONS.home };
}

/** The calls that reached the regions. */
export function callsOf({ emulator }: Pick<Stage, 'emulator'>): Calls {
  const of = (region: string): readonly string[] => {
    const counts = new Map<string, number>();
    for (const { operation } of emulator.calls.filter((call) => call.region === region)) {
      counts.set(operation, (counts.get(operation) ?? 0) + 1);
    }
    return [...counts].map(([operation, count]) => `${operation} ${count}`).sort();
  };
  return { home: of(REGIONS.home), replica: of(REGIONS.replica), third: of(REGIONS.third) };
}
