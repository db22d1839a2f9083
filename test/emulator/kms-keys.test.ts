import { expect, test } from 'vitest';
import { clients, code, day, failure, present, start, stoppedClock } from './support.ts';

const policy = (action: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: action, Resource: '*' }],
  });

test('a key made the way Terraform makes it is described completely', async () => {
  const { kms } = await start();
  const { KeyMetadata: made } = await kms.createKey({
    Description: '',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    CustomKeyStoreId: '',
    XksKeyId: '',
    KeyUsage: 'ENCRYPT_DECRYPT',
    BypassPolicyLockoutSafetyCheck: false,
    MultiRegion: true,
    Policy: '',
    Tags: [{ TagKey: 'team', TagValue: 'core' }],
  });
  const id = present(made?.KeyId);
  expect(id).toMatch(/^mrk-[0-9a-f]{32}$/);
  const { KeyMetadata: read } = await kms.describeKey({ KeyId: id });
  expect(read).toMatchObject({
    Arn: `arn:aws:kms:us-east-1:000000000000:key/${id}`,
    AWSAccountId: '000000000000',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    KeyManager: 'CUSTOMER',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: 'Enabled',
    Enabled: true,
    Origin: 'AWS_KMS',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: true,
    MultiRegionConfiguration: { MultiRegionKeyType: 'PRIMARY', ReplicaKeys: [] },
  });
  expect(present(read?.CurrentKeyMaterialId)).toMatch(/^[0-9a-f]{64}$/);
  expect(read?.CreationDate).toBeInstanceOf(Date);
  const tags = await kms.listResourceTags({ KeyId: id });
  expect(tags.Tags).toEqual([{ TagKey: 'team', TagValue: 'core' }]);
  expect((await kms.getKeyPolicy({ KeyId: id })).Policy).toContain('arn:aws:iam::000000000000:root');
});

test('a single-region key has a plain id and no multi-region configuration', async () => {
  const { kms } = await start();
  const { KeyMetadata: made } = await kms.createKey({ Description: 'one' });
  expect(made?.KeyId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-/);
  expect(made?.MultiRegion).toBe(false);
  expect(made?.MultiRegionConfiguration).toBeUndefined();
});

test('kinds of keys that are not kept are refused', async () => {
  const { kms } = await start();
  expect(await code(kms.createKey({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }))).toBe(
    'UnsupportedOperationException',
  );
  expect(await code(kms.createKey({ Origin: 'EXTERNAL' }))).toBe('UnsupportedOperationException');
});

test('unknown keys are named in the error as AWS names them', async () => {
  const { kms } = await start();
  const id = '11111111-2222-3333-4444-555555555555';
  const arn = `arn:aws:kms:us-east-1:000000000000:key/${id}`;
  expect(await failure(kms.describeKey({ KeyId: id }))).toBe(
    `NotFoundException: Key '${arn}' does not exist`,
  );
  expect(await failure(kms.describeKey({ KeyId: 'nonsense' }))).toBe(
    "NotFoundException: Invalid keyId 'nonsense'",
  );
  const alias = 'arn:aws:kms:us-east-1:000000000000:alias/none';
  expect(await failure(kms.describeKey({ KeyId: 'alias/none' }))).toBe(
    `NotFoundException: Alias ${alias} is not found.`,
  );
});

test('descriptions, states and listings', async () => {
  const { kms } = await start();
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.push(present((await kms.createKey({})).KeyMetadata?.KeyId));
  const [id = ''] = ids;
  await kms.updateKeyDescription({ KeyId: id, Description: 'new' });
  await kms.disableKey({ KeyId: id });
  const { KeyMetadata: off } = await kms.describeKey({ KeyId: id });
  expect(off).toMatchObject({ Description: 'new', KeyState: 'Disabled', Enabled: false });
  await kms.enableKey({ KeyId: id });
  expect((await kms.describeKey({ KeyId: id })).KeyMetadata?.KeyState).toBe('Enabled');

  const first = await kms.listKeys({ Limit: 2 });
  expect(first.Truncated).toBe(true);
  const second = await kms.listKeys({ Limit: 2, Marker: present(first.NextMarker) });
  expect(second.Truncated).toBe(false);
  const listed = [...present(first.Keys), ...present(second.Keys)].map((key) => key.KeyId);
  expect(listed).toEqual([...ids].sort());
  expect(await code(kms.listKeys({ Marker: 'forged' }))).toBe('InvalidMarkerException');
  expect(await code(kms.listAliases({ Marker: present(first.NextMarker) }))).toBe('InvalidMarkerException');
});

test('policies are kept as they came, and one that locks everybody out is refused', async () => {
  const { kms } = await start();
  const KeyId = present((await kms.createKey({ Policy: policy('kms:*') })).KeyMetadata?.KeyId);
  expect((await kms.getKeyPolicy({ KeyId, PolicyName: 'default' })).Policy).toBe(policy('kms:*'));
  await kms.putKeyPolicy({ KeyId, Policy: policy('kms:Put*') });
  expect((await kms.getKeyPolicy({ KeyId })).Policy).toBe(policy('kms:Put*'));
  expect((await kms.listKeyPolicies({ KeyId })).PolicyNames).toEqual(['default']);
  for (const bad of ['{', '{}', '{"Statement":[{"Effect":"Allow"}]}', policy('kms:Decrypt')])
    expect(await code(kms.putKeyPolicy({ KeyId, Policy: bad })), bad).toBe(
      'MalformedPolicyDocumentException',
    );
  await kms.putKeyPolicy({ KeyId, Policy: policy('kms:Decrypt'), BypassPolicyLockoutSafetyCheck: true });
  expect(await code(kms.putKeyPolicy({ KeyId, Policy: `"${'x'.repeat(32_768)}"` }))).toBe(
    'LimitExceededException',
  );
  expect(await code(kms.getKeyPolicy({ KeyId, PolicyName: 'other' }))).toBe('NotFoundException');
});

test('tags are merged, removed and limited', async () => {
  const { kms } = await start();
  const KeyId = present((await kms.createKey({})).KeyMetadata?.KeyId);
  await kms.tagResource({
    KeyId,
    Tags: [
      { TagKey: 'b', TagValue: '1' },
      { TagKey: 'a', TagValue: '' },
    ],
  });
  await kms.tagResource({ KeyId, Tags: [{ TagKey: 'b', TagValue: '2' }] });
  expect((await kms.listResourceTags({ KeyId })).Tags).toEqual([
    { TagKey: 'a', TagValue: '' },
    { TagKey: 'b', TagValue: '2' },
  ]);
  const page = await kms.listResourceTags({ KeyId, Limit: 1 });
  expect(page).toMatchObject({ Truncated: true, Tags: [{ TagKey: 'a' }] });
  await kms.untagResource({ KeyId, TagKeys: ['a'] });
  expect((await kms.listResourceTags({ KeyId })).Tags).toHaveLength(1);
  expect(await code(kms.tagResource({ KeyId, Tags: [{ TagKey: 'aws:x', TagValue: '' }] }))).toBe(
    'TagException',
  );
  const many = Array.from({ length: 50 }, (_, n) => ({ TagKey: `t${n}`, TagValue: '' }));
  expect(await code(kms.tagResource({ KeyId, Tags: many }))).toBe('LimitExceededException');
});

test('a key waits for its deletion, can be saved, and is gone when the date has passed', async () => {
  const clock = stoppedClock();
  const { kms } = await start({ now: clock.now });
  const KeyId = present((await kms.createKey({})).KeyMetadata?.KeyId);
  await kms.createAlias({ AliasName: 'alias/doomed', TargetKeyId: KeyId });
  expect(await code(kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 6 }))).toBe('ValidationException');
  expect(await code(kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 31 }))).toBe('ValidationException');
  expect(await code(kms.cancelKeyDeletion({ KeyId }))).toBe('KMSInvalidStateException');

  const scheduled = await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
  expect(scheduled).toMatchObject({ KeyState: 'PendingDeletion', PendingWindowInDays: 7 });
  expect(scheduled.DeletionDate?.getTime()).toBe(clock.now() + 7 * day);
  for (const call of [
    kms.encrypt({ KeyId, Plaintext: Buffer.from('x') }),
    kms.enableKey({ KeyId }),
    kms.scheduleKeyDeletion({ KeyId }),
    kms.createAlias({ AliasName: 'alias/late', TargetKeyId: KeyId }),
    kms.updateKeyDescription({ KeyId, Description: '' }),
  ])
    expect(await code(call)).toBe('KMSInvalidStateException');

  await kms.cancelKeyDeletion({ KeyId });
  expect((await kms.describeKey({ KeyId })).KeyMetadata?.KeyState).toBe('Disabled');

  await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
  clock.advance(7 * day - 1);
  expect((await kms.describeKey({ KeyId })).KeyMetadata?.KeyState).toBe('PendingDeletion');
  clock.advance(1);
  expect(await code(kms.describeKey({ KeyId }))).toBe('NotFoundException');
  expect((await kms.listAliases({})).Aliases).toEqual([]);
});

test('aliases belong to a region, and name keys where AWS allows it', async () => {
  const { kms, emulator } = await start();
  const a = present((await kms.createKey({})).KeyMetadata);
  const b = present((await kms.createKey({})).KeyMetadata);
  const AliasName = 'alias/waxseal/acme/prod';
  const alias = `arn:aws:kms:us-east-1:000000000000:${AliasName}`;
  await kms.createAlias({ AliasName, TargetKeyId: present(a.Arn) });
  for (const KeyId of [AliasName, alias])
    expect((await kms.describeKey({ KeyId })).KeyMetadata?.KeyId).toBe(a.KeyId);
  expect(await failure(kms.createAlias({ AliasName, TargetKeyId: present(b.KeyId) }))).toBe(
    `AlreadyExistsException: An alias with the name ${alias} already exists`,
  );
  await kms.updateAlias({ AliasName, TargetKeyId: present(b.KeyId) });
  expect((await kms.listAliases({ KeyId: present(a.KeyId) })).Aliases).toEqual([]);
  expect((await kms.listAliases({})).Aliases).toMatchObject([
    { AliasName, AliasArn: alias, TargetKeyId: b.KeyId },
  ]);
  const other = clients(emulator.endpoint, 'eu-west-1').kms;
  expect((await other.listAliases({})).Aliases).toEqual([]);

  expect(await code(kms.createAlias({ AliasName: 'waxseal', TargetKeyId: present(a.KeyId) }))).toBe(
    'InvalidAliasNameException',
  );
  expect(await code(kms.createAlias({ AliasName: 'alias/a.b', TargetKeyId: present(a.KeyId) }))).toBe(
    'InvalidAliasNameException',
  );
  expect(await code(kms.createAlias({ AliasName: 'alias/aws/own', TargetKeyId: present(a.KeyId) }))).toBe(
    'NotAuthorizedException',
  );
  // Operations that change a key take its id or ARN only.
  expect(await code(kms.disableKey({ KeyId: AliasName }))).toBe('NotFoundException');
  await kms.deleteAlias({ AliasName });
  expect(await failure(kms.deleteAlias({ AliasName }))).toBe(
    `NotFoundException: Alias ${alias} is not found.`,
  );
});
