/** What the starts load: for each size a vault, and the same secrets as SecureStrings for the peers. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { CreateAliasCommand, CreateKeyCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { vaultAlias } from '../../src/secret-name.ts';
import { type Aws, REGION } from './emulator.ts';

/** The checkout. */
export const ROOT: string = join(import.meta.dirname, '..', '..');
/** The command as it is installed. */
export const WAXSEAL: string = join(ROOT, 'dist', 'cli', 'waxseal.cjs');
/** How many secrets the vaults have; each is 32 random bytes as base64. */
export const SIZES: readonly number[] = [1, 10, 100, 300, 1000];

/** The vault with so many secrets. */
export const vaultOf = (size: number): string => `/bench/n${size}`;
/** Where the same secrets lie as SecureStrings. */
export const pathOf = (size: number): string => `/peer/n${size}`;
const nameOf = (i: number): string => `SECRET_${String(i).padStart(4, '0')}`;

/** Variables of a process that starts: an account's, with the endpoint where the SDK looks for it. */
export type Env = Readonly<Record<string, string>>;

const account = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench', AWS_REGION: REGION };

/** What every measured process is given. @param home - an empty folder that stands for the user's */
export function environment(aws: Aws, home: string): Env {
  return {
    ...account,
    AWS_ENDPOINT_URL: aws.endpoint,
    HOME: home,
    PATH: process.env.PATH ?? '',
    WAXSEAL_REGIONS: REGION,
    WAXSEAL_CACHE: '0',
  };
}

/** Makes vaults and SecureStrings. @returns variables that the hand-written script needs */
export async function fill(aws: Aws, env: Env): Promise<Env> {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const config = { endpoint: aws.endpoint, region: REGION, credentials };
  const [kms, ssm] = [new KMSClient(config), new SSMClient(config)];
  try {
    for (const size of SIZES) {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({ MultiRegion: true }));
      const TargetKeyId = KeyMetadata?.KeyId ?? '';
      await kms.send(new CreateAliasCommand({ AliasName: vaultAlias(vaultOf(size)), TargetKeyId }));
      const secrets = Array.from({ length: size }, (_, i): [string, string] => [
        nameOf(i),
        randomBytes(32).toString('base64'),
      ]);
      await importInto(size, secrets, env);
      for (const [name, Value] of secrets) {
        await ssm.send(
          new PutParameterCommand({ Name: `${pathOf(size)}/${name}`, Value, Type: 'SecureString' }),
        );
      }
    }
    return await forTheScript(kms, ssm);
  } finally {
    for (const client of [kms, ssm]) client.destroy();
  }
}

async function importInto(
  size: number,
  secrets: readonly (readonly [string, string])[],
  env: Env,
): Promise<void> {
  const child = spawn(process.execPath, [WAXSEAL, 'import', '-', '--format', 'json', '--quiet'], {
    env: { ...env, WAXSEAL_VAULT: vaultOf(size) },
    // Not the checkout, which has a waxseal.json.
    cwd: env.HOME,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end(JSON.stringify(Object.fromEntries(secrets)));
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status !== 0) throw new Error(`waxseal import of ${size} secrets ended with ${status}`);
}

/** One parameter and one wrapped data key: the least that two calls can be about. */
async function forTheScript(kms: KMSClient, ssm: SSMClient): Promise<Env> {
  await ssm.send(new PutParameterCommand({ Name: '/script', Value: 'v'.repeat(3000), Type: 'String' }));
  const KeyId = vaultAlias(vaultOf(1));
  const made = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
  return { KEY: KeyId, WRAPPED: Buffer.from(made.CiphertextBlob ?? []).toString('base64') };
}

/** The names that middy is given. */
export const namesOf = (size: number): readonly string[] =>
  Array.from({ length: size }, (_, i) => `${pathOf(size)}/${nameOf(i)}`);
