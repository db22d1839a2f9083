/** A vault `/acme/dev` in two regions in memory, and what tests do to it. */
import { expect } from 'vitest';
import { type ErrorCode, isWaxsealError, WaxsealError } from '../../src/errors.ts';
import { createVault, type Vault, type VaultOptions } from '../../src/vault/index.ts';
import { type Call, MemoryAws } from './memory-aws.ts';

/** The home region. */
export const HOME = 'us-east-1';
/** The replica region. */
export const REPLICA = 'eu-west-1';
/** The vault's path. */
export const VAULT = '/acme/dev';

/** A vault's surroundings. */
export interface World {
  readonly aws: MemoryAws;
  readonly kmsKey: string;
  /** Another process's vault: its own data keys, the same world. */
  open(options?: Partial<VaultOptions>): Vault;
}

/** Makes an empty world with one multi-region key. */
export function createWorld(): World {
  const aws = new MemoryAws();
  const kmsKey = aws.createKey();
  return {
    aws,
    kmsKey,
    open: (options = {}) =>
      createVault({
        path: VAULT,
        regions: [aws.region(HOME, kmsKey), aws.region(REPLICA, kmsKey)],
        pause: () => Promise.resolve(),
        ...options,
      }),
  };
}

/** UTF-8 bytes. */
export function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text));
}

/** The text of bytes. */
export function text(value: Uint8Array): string {
  return Buffer.from(value).toString();
}

/** The full parameter name of a secret. */
export function parameter(name: string): string {
  return `${VAULT}/${name}`;
}

/** Fails calls that match. */
export function failing(
  match: (call: Call) => boolean,
  code: ErrorCode,
): (call: Call) => { fail: WaxsealError } | undefined {
  return (call) =>
    match(call) ? { fail: new WaxsealError(code, `injected ${code}`, { region: call.region }) } : undefined;
}

/** The error that a promise ends with, which must have this code. */
export async function rejection(promise: Promise<unknown>, code: ErrorCode): Promise<WaxsealError> {
  const error: unknown = await promise.then(
    () => expect.fail(`expected ${code}, but it went well`),
    (reason: unknown) => reason,
  );
  if (!isWaxsealError(error)) throw error;
  expect(error.code, error.message).toBe(code);
  return error;
}
