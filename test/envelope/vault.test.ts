/** Each vector planted into Parameter Store, and asked of an open vault. */
import { describe, expect, it } from 'vitest';
import { encryptionContext, parseDataKeyId } from '../../src/envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../../src/errors.ts';
import { createVault, type KeyWrapper, type Region, type Vault } from '../../src/vault/index.ts';
import { MemoryAws } from '../support/memory-aws.ts';
import { contextOf } from './craft.ts';
import { list, Refused, type ToyKmsKey, toyUnwrap } from './independent.ts';
import { entries, expectedHex, largeVectors, records, type Vector } from './vector.ts';

const REGIONS = ['us-east-1', 'eu-west-1'] as const;

/** The toy KMS of the vectors as a vault's port. Vectors are only read: it makes no data keys. */
function toyKeys(kmsKey: ToyKmsKey): KeyWrapper {
  const none = () => Promise.reject(new WaxsealError('denied', 'the toy KMS makes no data keys'));
  return {
    generate: none,
    rewrap: none,
    unwrap: async (wrappedKey, context) => {
      const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
      try {
        const plaintext = toyUnwrap(Buffer.from(wrappedKey), list(...pairs.flat()), kmsKey);
        return { plaintext: Uint8Array.from(plaintext), kmsKeyId: kmsKey.id };
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        throw new WaxsealError(error.code as 'decrypt_failed' | 'foreign_key', 'refused by the toy KMS');
      }
    },
  };
}

function openVault({ asked, kmsKey, parameter }: Pick<Vector, 'asked' | 'kmsKey' | 'parameter'>): {
  vault: Vault;
  aws: MemoryAws;
} {
  const aws = new MemoryAws();
  const region = (name: string): Region => ({ ...aws.region(name, kmsKey.id), keys: toyKeys(kmsKey) });
  for (let version = 1; version <= asked.version; version += 1) {
    const text = version === asked.version ? parameter : 'an earlier version';
    aws.plant(asked.region, `${asked.vault}/${asked.name}`, text);
  }
  const [home, replica] = REGIONS;
  const regions = [region(home), region(replica)] as const;
  return { aws, vault: createVault({ path: asked.vault, regions, pause: () => Promise.resolve() }) };
}

async function outcome(work: Promise<string>): Promise<string> {
  try {
    return await work;
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    return error.code;
  }
}

/** What a vault makes of it. Version 1 is all that there is: where it never counted, nothing was ever accepted. */
function expectedOf(one: Vector): string {
  if (one.tombstone || one.expect === 'never_valid') return 'not_found';
  return one.expect === 'opens' ? expectedHex(one) : one.expect;
}

describe('get', () => {
  it.each(entries)('%s', async (_name, one) => {
    const { vault } = openVault(one);
    const got = await outcome(
      vault
        .get(one.asked.name, { region: one.asked.region })
        .then(({ value }) => Buffer.from(value).toString('hex')),
    );
    expect(got).toBe(expectedOf(one));
    vault.close();
  });
});

describe('get of a large secret', () => {
  it.each(largeVectors)('%s', async (_name, one) => {
    const { vault, aws } = openVault(one);
    for (const [name, text] of Object.entries(one.parts)) aws.plant(one.asked.region, name, text);
    const got = vault
      .get(one.asked.name, { region: one.asked.region })
      .then(({ value }) => Buffer.from(value).toString('hex'));
    expect(await outcome(got)).toBe(one.expect === 'opens' ? expectedHex(one) : one.expect);
    vault.close();
  });
});

describe('set beside a data key record', () => {
  it.each(records)('%s', async (_name, one) => {
    const { vault, aws } = openVault(one);
    const set = outcome(vault.set('NEW', Buffer.from('value')).then(({ revision }) => String(revision)));
    expect(await set).toBe(one.expect === 'opens' ? '1' : one.expect);
    const written = aws.versions(REGIONS[0], `${one.asked.vault}/NEW`).length;
    expect(written, "nothing is sealed under a data key that is not the vault's").toBe(
      one.expect === 'opens' ? 1 : 0,
    );
    vault.close();
  });
});

it('a void write hides nothing: the version below it counts', async () => {
  const plain = entries.find(([name]) => name === 'plain')?.[1] as Vector;
  const lost = entries.find(([name]) => name === 'void')?.[1] as Vector;
  const { vault, aws } = openVault(plain);
  const text = lost.parameter.replace('us-east-1:2', 'us-east-1:7');
  for (let version = 2; version <= 4; version += 1) aws.plant('us-east-1', '/acme/prod/DATABASE_URL', text);
  const { value } = await vault.get('DATABASE_URL', { region: 'us-east-1' });
  expect(Buffer.from(value).toString('hex')).toBe(expectedHex(plain));
  vault.close();
});

it('a data key opens other entries without KMS, and a foreign KMS key is asked about all the same', async () => {
  const plain = entries.find(([name]) => name === 'plain')?.[1] as Vector;
  const changed = entries.find(([name]) => name === 'kms-changed')?.[1] as Vector;
  const { vault, aws } = openVault(plain);
  await vault.get('DATABASE_URL', { region: 'us-east-1' });
  aws.plant('us-east-1', '/acme/prod/DATABASE_URL', changed.parameter.replace('us-east-1:1', 'us-east-1:2'));
  expect(await outcome(vault.get('DATABASE_URL', { region: 'us-east-1' }).then(() => 'opens'))).toBe(
    'foreign_key',
  );
  vault.close();
});

it('the context is what FORMAT.md says, whichever side makes it', () => {
  const dk = '12.1763788000.9f86d081884c7d65';
  expect(encryptionContext('/acme/prod', parseDataKeyId(dk))).toEqual(contextOf('/acme/prod', dk));
});
