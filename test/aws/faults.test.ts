import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateKeyCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { type Emulator, type Fault, startEmulator } from '../../src/emulator/index.ts';
import { encodeDataKeyRecord, encryptionContext } from '../../src/envelope/index.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { type OpenVault, openVault } from '../../src/open-vault.ts';
import { bytes, rejection, text } from '../support/world.ts';

const HOME = 'us-east-1';
const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'waxseal-aws-'));
  closing.push(() => rmSync(dir, { recursive: true }));
  return dir;
}

const VARIABLES = { WAXSEAL_VAULT: '/acme/dev', WAXSEAL_REGIONS: 'us-east-1,eu-west-1' };

/** An emulator with the vault's keys, and a vault on it by its endpoint. */
async function started(timeout = 10_000): Promise<{ emulator: Emulator; open: OpenVault }> {
  const stateDir = folder();
  const first = await openVault({
    env: { ...VARIABLES, WAXSEAL_EMBEDDED: stateDir },
    cwd: stateDir,
    create: true,
  });
  await first.close();
  const emulator = await startEmulator({ stateDir });
  closing.push(() => emulator.close());
  const env = { ...VARIABLES, WAXSEAL_ENDPOINT: emulator.endpoint };
  const open = await openVault({ env, cwd: stateDir, timeout });
  closing.push(() => open.close());
  await open.vault.set('A', bytes('a'));
  return { emulator, open };
}

function everywhere(fault: Omit<Fault, 'region'>): Fault {
  return { region: '*', ...fault };
}

describe('what AWS answers is said in stable codes', () => {
  it.each<[string, ErrorCode]>([
    ['AccessDeniedException', 'denied'],
    ['ExpiredTokenException', 'credentials'],
    ['UnrecognizedClientException', 'credentials'],
    ['InvalidSignatureException', 'credentials'],
    ['ValidationException', 'rejected'],
  ])('%s on reading is %s', async (code, expected) => {
    const { emulator, open } = await started();
    emulator.setFault(everywhere({ kind: 'error', code, operation: 'GetParameters' }));
    const error = await rejection(open.vault.get('A'), expected);
    expect(error.message).toContain('ssm:GetParameters');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it.each<[string, ErrorCode]>([
    ['DisabledException', 'key_unusable'],
    ['KMSInvalidStateException', 'key_unusable'],
    ['NotFoundException', 'key_not_found'],
    ['IncorrectKeyException', 'foreign_key'],
    ['InvalidCiphertextException', 'decrypt_failed'],
    ['AccessDeniedException', 'denied'],
  ])('%s of KMS is %s', async (code, expected) => {
    const { emulator, open } = await started();
    const again = await openVault({
      env: { ...VARIABLES, WAXSEAL_ENDPOINT: emulator.endpoint },
      cwd: tmpdir(),
    });
    closing.push(() => again.close());
    emulator.setFault(everywhere({ kind: 'error', code, operation: 'Decrypt' }));
    const error = await rejection(again.vault.get('A'), expected);
    expect(error.message).toContain('kms:Decrypt');
    await open.vault.get('A');
  });

  it('throttling of a write is waited out', async () => {
    const { emulator, open } = await started();
    emulator.setFault({ region: HOME, kind: 'throttle', operation: 'PutParameter', times: 2 });
    expect(await open.vault.set('A', bytes('b'))).toMatchObject({ revision: 2 });
  });

  it('a write whose answer got lost is found, and sent once', async () => {
    const { emulator, open } = await started();
    emulator.setFault({ region: HOME, kind: 'lost-answer', operation: 'PutParameter', times: 1 });
    emulator.clearCalls();
    expect(await open.vault.set('A', bytes('b'))).toMatchObject({ revision: 2 });
    const puts = emulator.calls.filter(
      ({ operation, region }) => operation === 'PutParameter' && region === HOME,
    );
    expect(puts).toHaveLength(1);
  });
});

describe('outages', () => {
  it('a region that is down costs a failover, nothing else', async () => {
    const { emulator, open } = await started();
    emulator.setFault({ region: HOME, kind: 'down' });
    const secret = await open.vault.get('A');
    expect([text(secret.value), secret.region]).toEqual(['a', 'eu-west-1']);
    await rejection(open.vault.set('A', bytes('b')), 'unreachable');
    emulator.clearFaults();
    expect(await open.vault.set('A', bytes('b'))).toMatchObject({ revision: 2, behind: [] });
  });

  it('a region that takes the call and never answers is hedged', async () => {
    const { emulator, open } = await started();
    emulator.setFault({ region: HOME, kind: 'hang' });
    expect((await open.vault.get('A')).region).toBe('eu-west-1');
  });

  it('an endpoint that never answers ends at the deadline', async () => {
    const silent: Server = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    closing.push(() => silent.close());
    const { port } = silent.address() as { port: number };
    const env = { ...VARIABLES, WAXSEAL_ENDPOINT: `http://127.0.0.1:${port}` };
    const open = await openVault({ env, cwd: tmpdir(), timeout: 300 });
    closing.push(() => open.close());
    const error = await rejection(open.vault.get('A'), 'timeout');
    expect(error.hint).toContain('endpoint');
  });

  it('an endpoint where nobody listens is unreachable', async () => {
    const env = { ...VARIABLES, WAXSEAL_ENDPOINT: 'http://127.0.0.1:1' };
    const open = await openVault({ env, cwd: tmpdir() });
    closing.push(() => open.close());
    await rejection(open.vault.get('A'), 'unreachable');
  });
});

it('a data key planted under a foreign KMS key, which the caller may use, seals nothing', async () => {
  const { emulator, open } = await started();
  const config = {
    endpoint: emulator.endpoint,
    region: HOME,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  };
  const kms = new KMSClient(config);
  const ssm = new SSMClient(config);
  closing.push(() => [kms.destroy(), ssm.destroy()]);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: "the attacker's" }));
  const id = { generation: 1, createdAt: 1_800_000_000, random: '00112233aabbccdd' };
  const kmsKeyId = KeyMetadata?.KeyId ?? '';
  const made = await kms.send(
    new GenerateDataKeyCommand({
      KeyId: kmsKeyId,
      KeySpec: 'AES_256',
      EncryptionContext: { ...encryptionContext('/acme/dev', id) },
    }),
  );
  const wrappedKey = made.CiphertextBlob ?? new Uint8Array();
  const Value = encodeDataKeyRecord({ vault: '/acme/dev', id, wrappedKey, kmsKeyId });
  await ssm.send(
    new PutParameterCommand({ Name: '/acme/dev/.waxseal/data-key', Value, Type: 'String', Overwrite: true }),
  );
  emulator.clearCalls();
  await rejection(open.vault.set('A', bytes('to the attacker?')), 'foreign_key');
  expect(emulator.calls.filter(({ operation }) => operation === 'PutParameter')).toEqual([]);
  expect(text((await open.vault.get('A')).value)).toBe('a');
});
