import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { expect, test } from 'vitest';
import { code, present, start, stoppedClock } from './support.ts';

const hashes = { RSAES_OAEP_SHA_1: 'sha1', RSAES_OAEP_SHA_256: 'sha256' } as const;
const algorithms = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const;

test.each<['RSA_2048' | 'RSA_3072' | 'RSA_4096', number, number]>([
  ['RSA_2048', 214, 190],
  ['RSA_3072', 342, 318],
  ['RSA_4096', 470, 446],
])('%s encrypts up to what its modulus holds, and opens what others sealed', async (KeySpec, ...limits) => {
  const { kms } = await start();
  const { KeyMetadata } = await kms.createKey({ KeySpec, KeyUsage: 'ENCRYPT_DECRYPT' });
  const KeyId = present(KeyMetadata?.KeyId);
  expect(KeyMetadata).toMatchObject({
    KeySpec,
    CustomerMasterKeySpec: KeySpec,
    EncryptionAlgorithms: algorithms,
  });
  expect(KeyMetadata?.CurrentKeyMaterialId).toBeUndefined();
  const { PublicKey, ...rest } = await kms.getPublicKey({ KeyId });
  expect(rest).toMatchObject({ KeyId: KeyMetadata?.Arn, KeySpec, KeyUsage: 'ENCRYPT_DECRYPT' });
  const key = createPublicKey({ key: Buffer.from(present(PublicKey)), type: 'spki', format: 'der' });
  expect(key.asymmetricKeyDetails?.modulusLength).toBe(Number(KeySpec.slice(4)));
  for (const [index, EncryptionAlgorithm] of algorithms.entries()) {
    const Plaintext = Buffer.alloc(present(limits[index]), index + 1);
    const sealed = await kms.encrypt({ KeyId, Plaintext, EncryptionAlgorithm });
    expect(sealed).toMatchObject({ KeyId: KeyMetadata?.Arn, EncryptionAlgorithm });
    const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hashes[EncryptionAlgorithm] };
    for (const CiphertextBlob of [
      present(sealed.CiphertextBlob),
      publicEncrypt({ key, ...padding }, Plaintext),
    ]) {
      const opened = await kms.decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm });
      expect(Buffer.from(present(opened.Plaintext))).toEqual(Plaintext);
      expect(opened.KeyMaterialId).toBeUndefined();
      const EncryptionAlgorithm2 = present(algorithms[1 - index]);
      expect(
        await code(kms.decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm: EncryptionAlgorithm2 })),
      ).toBe('InvalidCiphertextException');
    }
    const large = Buffer.alloc(Plaintext.length + 1);
    expect(await code(kms.encrypt({ KeyId, Plaintext: large, EncryptionAlgorithm }))).toBe(
      'ValidationException',
    );
  }
});

test('what AWS refuses of an asymmetric key', async () => {
  const { kms, ssm } = await start();
  const spec = { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' } as const;
  const KeyId = present((await kms.createKey(spec)).KeyMetadata?.KeyId);
  const symmetric = present((await kms.createKey({})).KeyMetadata?.KeyId);
  const Plaintext = Buffer.from('x');
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext, EncryptionAlgorithm });
  const EncryptionContext = { a: 'b' };
  const refused: Readonly<Record<string, readonly (() => Promise<unknown>)[]>> = {
    ValidationException: [
      () => kms.createKey({ KeySpec: 'RSA_2048' }),
      () => kms.encrypt({ KeyId, Plaintext, EncryptionAlgorithm, EncryptionContext }),
      () => kms.decrypt({ CiphertextBlob, EncryptionAlgorithm }),
    ],
    InvalidKeyUsageException: [
      () => kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }),
      () => kms.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: 'AES_256' }),
      () => kms.encrypt({ KeyId, Plaintext }),
      () => kms.encrypt({ KeyId: symmetric, Plaintext, EncryptionAlgorithm }),
      () => kms.decrypt({ KeyId, CiphertextBlob }),
      () => kms.decrypt({ KeyId: symmetric, CiphertextBlob, EncryptionAlgorithm }),
    ],
    UnsupportedOperationException: [
      () => kms.enableKeyRotation({ KeyId }),
      () => kms.disableKeyRotation({ KeyId }),
      () => kms.rotateKeyOnDemand({ KeyId }),
      () => kms.listKeyRotations({ KeyId }),
      () => kms.replicateKey({ KeyId, ReplicaRegion: 'eu-west-1' }),
      () => kms.getPublicKey({ KeyId: symmetric }),
      () => kms.createKey({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }),
    ],
    InvalidKeyId: [() => ssm.putParameter({ Name: '/s', Value: 'v', Type: 'SecureString', KeyId })],
  };
  for (const [expected, calls] of Object.entries(refused))
    for (const call of calls) expect(await code(call()), call.toString()).toBe(expected);
  expect((await kms.getKeyRotationStatus({ KeyId })).KeyRotationEnabled).toBe(false);
  await kms.disableKey({ KeyId });
  expect(await code(kms.getPublicKey({ KeyId }))).toBe('DisabledException');
  expect(await code(kms.decrypt({ KeyId, CiphertextBlob, EncryptionAlgorithm }))).toBe('DisabledException');
});

test('replicas share the key pair, and ReEncrypt goes from one kind of key to the other', async () => {
  const clock = stoppedClock();
  const { kms, at } = await start({ now: clock.now });
  const spec = { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT', MultiRegion: true } as const;
  const KeyId = present((await kms.createKey(spec)).KeyMetadata?.KeyId);
  await kms.replicateKey({ KeyId, ReplicaRegion: 'eu-west-1' });
  clock.advance(1000);
  const replica = at('eu-west-1').kms;
  const [mine, other] = await Promise.all([kms.getPublicKey({ KeyId }), replica.getPublicKey({ KeyId })]);
  expect(Buffer.from(present(other.PublicKey))).toEqual(Buffer.from(present(mine.PublicKey)));
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
  const { CiphertextBlob } = await kms.encrypt({
    KeyId,
    Plaintext: Buffer.from('moved'),
    EncryptionAlgorithm,
  });
  const DestinationKeyId = present((await replica.createKey({})).KeyMetadata?.KeyId);
  const moved = await replica.reEncrypt({
    CiphertextBlob,
    SourceKeyId: KeyId,
    SourceEncryptionAlgorithm: EncryptionAlgorithm,
    DestinationKeyId,
    DestinationEncryptionContext: { a: 'b' },
  });
  expect(moved.SourceKeyMaterialId).toBeUndefined();
  const opened = await replica.decrypt({
    CiphertextBlob: moved.CiphertextBlob,
    EncryptionContext: { a: 'b' },
  });
  expect(Buffer.from(present(opened.Plaintext)).toString()).toBe('moved');
});
