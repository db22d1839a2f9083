import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { KMS } from '@aws-sdk/client-kms';
import { paginateGetParametersByPath, SSM } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../src/emulator/index.ts';
import { present } from '../emulator/support.ts';
import type { Place } from './behaviour.ts';
import { behaviours } from './behaviours.ts';

interface Server {
  /** Absent: AWS itself. */
  readonly endpoint?: string;
  stop(): Promise<void> | void;
}

interface Target {
  readonly name: 'emulator' | 'moto' | 'aws';
  /** Why it is not asked. */
  readonly skipped: string | undefined;
  start(): Promise<Server>;
}

function hasMoto(): boolean {
  try {
    execFileSync('python3', ['-c', 'import moto.server'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function startMoto(): Promise<Server> {
  const script = fileURLToPath(new URL('serve_moto.py', import.meta.url));
  const child = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'ignore'] });
  for await (const endpoint of createInterface({ input: child.stdout }))
    return { endpoint, stop: () => void child.kill('SIGKILL') };
  throw new Error('moto did not start');
}

const targets: readonly Target[] = [
  {
    name: 'emulator',
    skipped: undefined,
    start: async () => {
      const emulator = await startEmulator();
      return { endpoint: emulator.endpoint, stop: () => emulator.close() };
    },
  },
  { name: 'moto', skipped: hasMoto() ? undefined : 'python3 has no moto', start: startMoto },
  {
    name: 'aws',
    skipped:
      process.env.REMOTE === '1'
        ? undefined
        : 'set REMOTE=1 to ask AWS itself; it costs a key for seven days',
    start: async () => ({ stop: () => {} }),
  },
];

function connect(endpoint: string | undefined): { readonly ssm: SSM; readonly kms: KMS } {
  if (endpoint === undefined) return { ssm: new SSM({}), kms: new KMS({}) };
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'local' };
  const config = { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
  return { ssm: new SSM(config), kms: new KMS(config) };
}

async function cleanUp({ ssm, kms, path, key }: Place): Promise<void> {
  const names: string[] = [];
  for await (const page of paginateGetParametersByPath({ client: ssm }, { Path: path, Recursive: true }))
    names.push(...(page.Parameters ?? []).map(({ Name }) => present(Name)));
  for (let from = 0; from < names.length; from += 10)
    await ssm.deleteParameters({ Names: names.slice(from, from + 10) });
  await kms.scheduleKeyDeletion({ KeyId: key, PendingWindowInDays: 7 });
}

const outcomes = new Map<string, string>();

for (const target of targets) {
  if (target.skipped !== undefined) console.info(`${target.name} is skipped: ${target.skipped}`);
  describe.skipIf(target.skipped !== undefined)(`AWS as ${target.name} has it`, () => {
    let server: Server;
    let place: Place;
    beforeAll(async () => {
      server = await target.start();
      const made = connect(server.endpoint);
      const path = `/waxseal-contract/${randomBytes(6).toString('hex')}`;
      const { KeyMetadata } = await made.kms.createKey({ Description: `waxseal contract ${path}` });
      place = { ...made, path, key: present(KeyMetadata?.KeyId) };
    });
    afterAll(async () => {
      if (place !== undefined) await cleanUp(place);
      await server?.stop();
    });

    it.each(behaviours.map((one) => [one.operation, one.what, one] as const))(
      '%s %s',
      async (_, __, behaviour) => {
        const answer = await behaviour.run(place).catch((error: Error) => error.name);
        const same = isDeepStrictEqual(answer, behaviour.expected);
        outcomes.set(`${target.name} ${behaviour.operation} ${behaviour.what}`, same ? 'as AWS' : 'differs');
        // A difference that has gone is news: the table of known ones has to lose it.
        if (target.name === 'moto' && behaviour.motoDiffers !== undefined)
          expect(answer, 'moto no longer differs').not.toEqual(behaviour.expected);
        else expect(answer).toEqual(behaviour.expected);
      },
    );
  });
}

afterAll(() => {
  const rows = behaviours.map(({ operation, what, motoDiffers }) => {
    const cells = targets.map(({ name }) =>
      (outcomes.get(`${name} ${operation} ${what}`) ?? 'skipped').padEnd(8),
    );
    return `${cells.join(' | ')} | ${operation} ${what}${motoDiffers === undefined ? '' : ` (${motoDiffers})`}`;
  });
  console.info([targets.map(({ name }) => name.padEnd(8)).join(' | '), ...rows].join('\n'));
});
