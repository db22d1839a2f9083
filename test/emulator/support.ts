import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KMS } from '@aws-sdk/client-kms';
import { SSM } from '@aws-sdk/client-ssm';
import { onTestFinished } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/index.ts';

export const day: number = 24 * 60 * 60 * 1000;

/** Clients of both services for one region, without retries; gone with the test. */
export interface Clients {
  readonly kms: KMS;
  readonly ssm: SSM;
}

export function clients(endpoint: string, region = 'us-east-1'): Clients {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'local' };
  const config = { endpoint, region, credentials, maxAttempts: 1 };
  const made = { kms: new KMS(config), ssm: new SSM(config) };
  onTestFinished(() => {
    made.kms.destroy();
    made.ssm.destroy();
  });
  return made;
}

export interface Started extends Clients {
  readonly emulator: Emulator;
  /** Clients of another region. */
  readonly at: (region: string) => Clients;
}

/** An emulator with clients of us-east-1, closed with the test. */
export async function start(options: EmulatorOptions = {}): Promise<Started> {
  const emulator = await startEmulator(options);
  onTestFinished(() => emulator.close());
  const at = (region: string): Clients => clients(emulator.endpoint, region);
  return { emulator, at, ...at('us-east-1') };
}

/** A clock that stands still until it is moved. */
export interface Clock {
  readonly now: () => number;
  advance(ms: number): void;
}

export function stoppedClock(): Clock {
  let at = Date.UTC(2026, 0, 1);
  return {
    now: () => at,
    advance: (ms) => {
      at += ms;
    },
  };
}

/** `Code: message` of the error that a call ends in; fails the test when it ends well. */
export async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return `${error.name}: ${error.message}`;
  }
  throw new Error('the call succeeded');
}

/** The AWS error code alone. */
export async function code(call: Promise<unknown>): Promise<string> {
  return (await failure(call)).split(':')[0] ?? '';
}

/** A folder of the test's own. */
export async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'emulator-test-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return join(dir, 'state');
}

/** The value, or a failed test. */
export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('expected a value');
  return value;
}

export function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(present(bytes)).toString();
}
