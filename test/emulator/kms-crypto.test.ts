import { expect, test } from 'vitest';
import { code, failure, present, start, text } from './support.ts';

const context = { vault: '/acme/prod', 'data-key': 'k1', ärger: 'ü', Z: '' };

test('a data key opens with exactly the context it was made with', async () => {
  const { kms } = await start();
  const { KeyMetadata: key } = await kms.createKey({ MultiRegion: true });
  const KeyId = present(key?.KeyId);
  const made = await kms.generateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext: context });
  expect(made.KeyId).toBe(key?.Arn);
  expect(made.KeyMaterialId).toBe(key?.CurrentKeyMaterialId);
  const CiphertextBlob = present(made.CiphertextBlob);
  expect(CiphertextBlob).toHaveLength(184);
  expect(present(made.Plaintext)).toHaveLength(32);
  expect(Buffer.from(CiphertextBlob).includes(Buffer.from(present(made.Plaintext)))).toBe(false);

  const reordered = Object.fromEntries(Object.entries(context).reverse());
  const opened = await kms.decrypt({ CiphertextBlob, EncryptionContext: reordered, KeyId });
  expect(Buffer.from(present(opened.Plaintext)).equals(Buffer.from(present(made.Plaintext)))).toBe(true);
  expect(opened).toMatchObject({
    KeyId: key?.Arn,
    KeyMaterialId: made.KeyMaterialId,
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  });

  const { Z: _, ...fewer } = context;
  for (const EncryptionContext of [
    undefined,
    fewer,
    { ...context, more: 'x' },
    { ...context, vault: '/acme/Prod' },
    { ...fewer, z: '' },
  ])
    expect(await code(kms.decrypt({ CiphertextBlob, EncryptionContext }))).toBe('InvalidCiphertextException');
});

test('no byte of a blob can be changed', async () => {
  const { kms } = await start();
  const KeyId = present((await kms.createKey({})).KeyMetadata?.KeyId);
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from('plain') });
  const blob = Buffer.from(present(CiphertextBlob));
  expect(text((await kms.decrypt({ CiphertextBlob: blob })).Plaintext)).toBe('plain');
  for (let at = 0; at < blob.length; at++) {
    const changed = Buffer.from(blob);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(await code(kms.decrypt({ CiphertextBlob: changed, KeyId })), `byte ${at}`).toMatch(
      /^(InvalidCiphertext|IncorrectKey)Exception$/,
    );
  }
  expect(await code(kms.decrypt({ CiphertextBlob: blob.subarray(0, -1) }))).toBe(
    'InvalidCiphertextException',
  );
  expect(await code(kms.decrypt({ CiphertextBlob: Buffer.from('x') }))).toBe('InvalidCiphertextException');
});

test('sizes of data keys, plaintexts and randomness', async () => {
  const { kms } = await start();
  const KeyId = present((await kms.createKey({})).KeyMetadata?.KeyId);
  expect((await kms.generateDataKey({ KeyId, KeySpec: 'AES_128' })).Plaintext).toHaveLength(16);
  expect((await kms.generateDataKey({ KeyId, NumberOfBytes: 1024 })).Plaintext).toHaveLength(1024);
  const sealed = await kms.generateDataKeyWithoutPlaintext({ KeyId, NumberOfBytes: 5 });
  expect(sealed).not.toHaveProperty('Plaintext');
  expect((await kms.decrypt({ CiphertextBlob: present(sealed.CiphertextBlob) })).Plaintext).toHaveLength(5);
  expect((await kms.generateRandom({ NumberOfBytes: 7 })).Plaintext).toHaveLength(7);
  const bad = [
    kms.generateDataKey({ KeyId }),
    kms.generateDataKey({ KeyId, KeySpec: 'AES_256', NumberOfBytes: 32 }),
    kms.generateDataKey({ KeyId, NumberOfBytes: 1025 }),
    kms.generateRandom({ NumberOfBytes: 1025 }),
    kms.generateRandom({}),
    kms.encrypt({ KeyId, Plaintext: Buffer.alloc(4097) }),
    kms.encrypt({ KeyId, Plaintext: Buffer.alloc(0) }),
  ];
  for (const call of bad) expect(await code(call)).toBe('ValidationException');
  await kms.encrypt({ KeyId, Plaintext: Buffer.alloc(4096) });
});

test('another key, a disabled key and a foreign region each have their own error', async () => {
  const { kms, at } = await start();
  const a = present((await kms.createKey({})).KeyMetadata);
  const b = present((await kms.createKey({})).KeyMetadata);
  const sealed = await kms.encrypt({ KeyId: present(a.KeyId), Plaintext: Buffer.from('x') });
  const CiphertextBlob = present(sealed.CiphertextBlob);
  expect(await code(kms.decrypt({ CiphertextBlob, KeyId: present(b.KeyId) }))).toBe('IncorrectKeyException');
  expect(await code(at('eu-west-1').kms.decrypt({ CiphertextBlob }))).toBe('AccessDeniedException');
  await kms.disableKey({ KeyId: present(a.KeyId) });
  expect(await failure(kms.decrypt({ CiphertextBlob }))).toBe(`DisabledException: ${a.Arn} is disabled.`);
  expect(await code(kms.generateDataKey({ KeyId: present(a.KeyId), KeySpec: 'AES_256' }))).toBe(
    'DisabledException',
  );
  await kms.enableKey({ KeyId: present(a.KeyId) });
  expect(text((await kms.decrypt({ CiphertextBlob })).Plaintext)).toBe('x');
});

test('ReEncrypt moves to another key and another context', async () => {
  const { kms } = await start();
  const a = present((await kms.createKey({})).KeyMetadata);
  const b = present((await kms.createKey({})).KeyMetadata);
  const sealed = await kms.encrypt({
    KeyId: present(a.KeyId),
    Plaintext: Buffer.from('x'),
    EncryptionContext: { n: '1' },
  });
  const request = {
    CiphertextBlob: present(sealed.CiphertextBlob),
    SourceEncryptionContext: { n: '1' },
    DestinationKeyId: present(b.KeyId),
    DestinationEncryptionContext: { n: '2' },
  };
  const moved = await kms.reEncrypt(request);
  expect(moved).toMatchObject({
    SourceKeyId: a.Arn,
    KeyId: b.Arn,
    SourceKeyMaterialId: a.CurrentKeyMaterialId,
    DestinationKeyMaterialId: b.CurrentKeyMaterialId,
  });
  const CiphertextBlob = present(moved.CiphertextBlob);
  expect(text((await kms.decrypt({ CiphertextBlob, EncryptionContext: { n: '2' } })).Plaintext)).toBe('x');
  expect(await code(kms.decrypt({ CiphertextBlob, EncryptionContext: { n: '1' } }))).toBe(
    'InvalidCiphertextException',
  );
  expect(await code(kms.reEncrypt({ ...request, SourceKeyId: present(b.KeyId) }))).toBe(
    'IncorrectKeyException',
  );
  expect(await code(kms.reEncrypt({ ...request, SourceEncryptionContext: {} }))).toBe(
    'InvalidCiphertextException',
  );
});

test('DryRun tells what would happen', async () => {
  const { kms } = await start();
  const KeyId = present((await kms.createKey({})).KeyMetadata?.KeyId);
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from('x') });
  const blob = present(CiphertextBlob);
  const good = [
    kms.encrypt({ KeyId, Plaintext: Buffer.from('x'), DryRun: true }),
    kms.generateDataKey({ KeyId, KeySpec: 'AES_256', DryRun: true }),
    kms.decrypt({ CiphertextBlob: blob, DryRun: true }),
    kms.decrypt({ KeyId, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }),
    kms.reEncrypt({ CiphertextBlob: blob, DestinationKeyId: KeyId, DryRun: true }),
  ];
  for (const call of good) expect(await code(call)).toBe('DryRunOperationException');
  expect(await code(kms.decrypt({ CiphertextBlob: blob, EncryptionContext: { a: '' }, DryRun: true }))).toBe(
    'InvalidCiphertextException',
  );
  expect(await code(kms.decrypt({ DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }))).toBe(
    'ValidationException',
  );
  await kms.disableKey({ KeyId });
  expect(await code(kms.decrypt({ KeyId, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }))).toBe(
    'DisabledException',
  );
});
