import { expect, test } from 'vitest';
import { code, failure, present, start, text } from './support.ts';

test('a SecureString shows its plaintext to WithDecryption alone', async () => {
  const { ssm, kms } = await start();
  const Name = '/secret';
  await ssm.putParameter({ Name, Value: 'plain', Type: 'SecureString' });
  const sealed = (await ssm.getParameter({ Name })).Parameter;
  expect(sealed?.Value).not.toContain('plain');
  expect(Buffer.from(present(sealed?.Value), 'base64').includes('plain')).toBe(false);
  expect((await ssm.getParameter({ Name, WithDecryption: true })).Parameter?.Value).toBe('plain');
  expect((await ssm.getParameters({ Names: [Name], WithDecryption: true })).Parameters?.[0]?.Value).toBe(
    'plain',
  );
  expect((await ssm.getParametersByPath({ Path: '/', WithDecryption: true })).Parameters?.[0]?.Value).toBe(
    'plain',
  );
  expect((await ssm.getParameterHistory({ Name, WithDecryption: true })).Parameters?.[0]).toMatchObject({
    Value: 'plain',
    KeyId: 'alias/aws/ssm',
  });
  // The key behind it is AWS's own: it is described, but neither used nor changed from outside.
  const { KeyMetadata: key } = await kms.describeKey({ KeyId: 'alias/aws/ssm' });
  expect(key?.KeyManager).toBe('AWS');
  const KeyId = present(key?.KeyId);
  for (const call of [
    kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }),
    kms.scheduleKeyDeletion({ KeyId }),
    kms.disableKey({ KeyId }),
    kms.decrypt({
      CiphertextBlob: Buffer.from(present(sealed?.Value), 'base64'),
      EncryptionContext: { PARAMETER_ARN: present(sealed?.ARN) },
    }),
  ])
    expect(await code(call)).toBe('AccessDeniedException');
});

test("a SecureString under a key of one's own follows that key, and is bound to its name", async () => {
  const { ssm, kms } = await start();
  const KeyId = present((await kms.createKey({})).KeyMetadata?.KeyId);
  const Name = '/secret';
  await ssm.putParameter({ Name, Value: 'plain', Type: 'SecureString', KeyId });
  const sealed = present((await ssm.getParameter({ Name })).Parameter);
  const CiphertextBlob = Buffer.from(present(sealed.Value), 'base64');
  const EncryptionContext = { PARAMETER_ARN: present(sealed.ARN) };
  expect(text((await kms.decrypt({ CiphertextBlob, EncryptionContext })).Plaintext)).toBe('plain');
  expect(await code(kms.decrypt({ CiphertextBlob }))).toBe('InvalidCiphertextException');
  await kms.disableKey({ KeyId });
  expect(await failure(ssm.getParameter({ Name, WithDecryption: true }))).toMatch(
    /^InvalidKeyId: .* is disabled\./,
  );
  expect((await ssm.getParameter({ Name })).Parameter?.Value).toBe(sealed.Value);
  expect(await code(ssm.putParameter({ Name, Value: 'x', Overwrite: true, KeyId }))).toBe('InvalidKeyId');
  expect(await code(ssm.putParameter({ Name, Value: 'x', Overwrite: true, KeyId: 'alias/none' }))).toBe(
    'InvalidKeyId',
  );
  // Without a key id the next version goes to the default key.
  await ssm.putParameter({ Name, Value: 'next', Overwrite: true });
  expect((await ssm.getParameter({ Name, WithDecryption: true })).Parameter?.Value).toBe('next');
  const found = await ssm.describeParameters({
    ParameterFilters: [{ Key: 'KeyId', Values: ['alias/aws/ssm'] }],
  });
  expect(found.Parameters).toHaveLength(1);
});

test('a write that KMS refuses takes no old version with it', async () => {
  const { ssm, kms } = await start();
  const KeyId = present((await kms.createKey({})).KeyMetadata?.KeyId);
  const put = { Name: '/s', Value: 'v', Type: 'SecureString', KeyId, Overwrite: true } as const;
  for (let n = 0; n < 100; n++) await ssm.putParameter(put);
  await kms.disableKey({ KeyId });
  expect(await code(ssm.putParameter(put))).toBe('InvalidKeyId');
  expect((await ssm.getParameter({ Name: '/s:1' })).Parameter?.Version).toBe(1);
  await kms.enableKey({ KeyId });
  expect((await ssm.getParameter({ Name: '/s', WithDecryption: true })).Parameter?.Value).toBe('v');
});
