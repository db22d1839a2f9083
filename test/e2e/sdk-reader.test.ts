/** What is stored belongs to the user: two AWS SDK clients and docs/FORMAT.md open it, without a line of waxseal. */
import { randomBytes } from 'node:crypto';
import { DecryptCommand } from '@aws-sdk/client-kms';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { openWithDataKey } from '../envelope/independent.ts';
import { type Local, startLocal } from './support/aws.ts';
import { sandbox } from './support/sandbox.ts';

const VAULT = '/acme/dev';

/** One GetParameter, one Decrypt under the vault's alias with the context of FORMAT.md, and node:crypto. */
async function read(local: Local, region: string, name: string): Promise<Buffer> {
  const stored = await local.ssm(region).send(new GetParameterCommand({ Name: `${VAULT}/${name}` }));
  const text = stored.Parameter?.Value ?? '';
  const { dk, wk } = JSON.parse(text) as { dk: string; wk: string };
  const [generation = '', created = '', random = ''] = dk.split('.');
  const { Plaintext } = await local.kms(region).send(
    new DecryptCommand({
      KeyId: `alias/waxseal${VAULT}`,
      CiphertextBlob: Buffer.from(wk, 'base64'),
      EncryptionContext: {
        'waxseal:vault': VAULT,
        'waxseal:data-key': random,
        'waxseal:generation': generation,
        'waxseal:created': created,
      },
    }),
  );
  const opened = openWithDataKey(text, { vault: VAULT, name }, Plaintext ?? new Uint8Array(0));
  expect(opened.tombstone).toBe(false);
  return opened.value;
}

test('an entry of either region opens with the SDK and the documented format alone', async () => {
  const box = sandbox();
  const values: Readonly<Record<string, Buffer>> = {
    SHORT: Buffer.from('s3cret'),
    'smtp/password': Buffer.from('pä$$wörd 🔑'),
    COMPRESSIBLE: Buffer.from('all work and no play '.repeat(200)),
    BINARY: Buffer.concat([Buffer.from([0, 255]), randomBytes(600)]),
    EMPTY: Buffer.alloc(0),
  };
  const local = await startLocal(box);
  for (const [name, value] of Object.entries(values)) {
    const revisions = name === 'SHORT' ? ['an earlier one', value] : [value];
    for (const input of revisions) {
      expect((await box.waxseal(['set', name, '--exact'], { input })).status).toBe(0);
    }
  }
  for (const region of ['us-east-1', 'eu-west-1']) {
    for (const [name, value] of Object.entries(values)) {
      expect((await read(local, region, name)).equals(value), `${name} in ${region}`).toBe(true);
    }
  }
});
