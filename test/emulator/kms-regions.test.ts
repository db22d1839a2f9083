import { expect, test } from 'vitest';
import { code, day, failure, present, type Started, start, stoppedClock, text } from './support.ts';

async function replicated(
  clock = stoppedClock(),
): Promise<Started & { readonly KeyId: string; readonly clock: typeof clock }> {
  const started = await start({ now: clock.now });
  const { KeyMetadata } = await started.kms.createKey({
    MultiRegion: true,
    Description: 'home',
    Tags: [{ TagKey: 'a', TagValue: '1' }],
  });
  const KeyId = present(KeyMetadata?.KeyId);
  await started.kms.replicateKey({ KeyId, ReplicaRegion: 'eu-west-1' });
  clock.advance(1000);
  return { ...started, KeyId, clock };
}

test('a replica is Creating at first, and has policy, tags and description of its own', async () => {
  const clock = stoppedClock();
  const { kms, at } = await start({ now: clock.now });
  const Policy = '{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}';
  const { KeyMetadata: primary } = await kms.createKey({ MultiRegion: true, Description: 'home', Policy });
  const KeyId = present(primary?.KeyId);
  const made = await kms.replicateKey({
    KeyId,
    ReplicaRegion: 'eu-west-1',
    Tags: [{ TagKey: 'r', TagValue: '1' }],
  });
  const arn = `arn:aws:kms:eu-west-1:000000000000:key/${KeyId}`;
  expect(made.ReplicaKeyMetadata).toMatchObject({ Arn: arn, KeyState: 'Creating', Enabled: false });
  expect(made.ReplicaTags).toEqual([{ TagKey: 'r', TagValue: '1' }]);
  const replica = at('eu-west-1').kms;
  expect(await failure(replica.generateDataKey({ KeyId, KeySpec: 'AES_256' }))).toBe(
    `KMSInvalidStateException: ${arn} is creating.`,
  );
  clock.advance(1000);
  expect((await replica.describeKey({ KeyId })).KeyMetadata).toMatchObject({
    KeyState: 'Enabled',
    Description: '',
    CurrentKeyMaterialId: primary?.CurrentKeyMaterialId,
    MultiRegionConfiguration: {
      MultiRegionKeyType: 'REPLICA',
      PrimaryKey: { Arn: primary?.Arn, Region: 'us-east-1' },
      ReplicaKeys: [{ Arn: arn, Region: 'eu-west-1' }],
    },
  });
  expect((await kms.getKeyPolicy({ KeyId })).Policy).toBe(Policy);
  expect((await replica.getKeyPolicy({ KeyId })).Policy).toContain('key-default-1');
  expect((await kms.describeKey({ KeyId })).KeyMetadata?.MultiRegionConfiguration?.MultiRegionKeyType).toBe(
    'PRIMARY',
  );
});

test('related keys open each other, also with the primary disabled; the state is per region', async () => {
  const { kms, at, KeyId } = await replicated();
  const replica = at('eu-west-1').kms;
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from('x') });
  await kms.disableKey({ KeyId });
  const opened = await replica.decrypt({ CiphertextBlob: present(CiphertextBlob), KeyId });
  expect(text(opened.Plaintext)).toBe('x');
  expect(opened.KeyId).toBe(`arn:aws:kms:eu-west-1:000000000000:key/${KeyId}`);
  expect(await code(kms.decrypt({ CiphertextBlob: present(CiphertextBlob) }))).toBe('DisabledException');
});

test('the ARN of another region is refused', async () => {
  const { kms, KeyId } = await replicated();
  const arn = `arn:aws:kms:eu-west-1:000000000000:key/${KeyId}`;
  expect(await failure(kms.describeKey({ KeyId: arn }))).toBe('NotFoundException: Invalid arn eu-west-1');
  expect(await code(kms.generateDataKey({ KeyId: arn, KeySpec: 'AES_256' }))).toBe('NotFoundException');
});

test('what cannot be replicated', async () => {
  const { kms, at, KeyId } = await replicated();
  const single = present((await kms.createKey({})).KeyMetadata?.KeyId);
  expect(await code(kms.replicateKey({ KeyId, ReplicaRegion: 'eu-west-1' }))).toBe('AlreadyExistsException');
  expect(await code(kms.replicateKey({ KeyId, ReplicaRegion: 'us-east-1' }))).toBe('AlreadyExistsException');
  expect(await code(kms.replicateKey({ KeyId, ReplicaRegion: 'ap-south-1' }))).toBe('ValidationException');
  expect(await code(kms.replicateKey({ KeyId: single, ReplicaRegion: 'eu-west-1' }))).toBe(
    'UnsupportedOperationException',
  );
  expect(await code(at('eu-west-1').kms.replicateKey({ KeyId, ReplicaRegion: 'us-east-1' }))).toBe(
    'UnsupportedOperationException',
  );
});

test('the primary moves to where a replica is', async () => {
  const { kms, at, KeyId } = await replicated();
  await kms.updatePrimaryRegion({ KeyId, PrimaryRegion: 'eu-west-1' });
  const type = async (region: string): Promise<string | undefined> =>
    (await at(region).kms.describeKey({ KeyId })).KeyMetadata?.MultiRegionConfiguration?.MultiRegionKeyType;
  expect([await type('us-east-1'), await type('eu-west-1')]).toEqual(['REPLICA', 'PRIMARY']);
  expect(await code(kms.enableKeyRotation({ KeyId }))).toBe('UnsupportedOperationException');
  await at('eu-west-1').kms.enableKeyRotation({ KeyId });
  expect(await code(at('eu-west-1').kms.updatePrimaryRegion({ KeyId, PrimaryRegion: 'ap-south-1' }))).toBe(
    'NotFoundException',
  );
});

test('a primary waits for its replicas before its own period begins', async () => {
  const { kms, at, KeyId, clock } = await replicated();
  const scheduled = await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 10 });
  expect(scheduled.KeyState).toBe('PendingReplicaDeletion');
  expect(scheduled.DeletionDate).toBeUndefined();
  clock.advance(100 * day);
  expect((await kms.describeKey({ KeyId })).KeyMetadata).toMatchObject({
    KeyState: 'PendingReplicaDeletion',
    PendingDeletionWindowInDays: 10,
  });
  await at('eu-west-1').kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
  clock.advance(7 * day);
  expect(await code(at('eu-west-1').kms.describeKey({ KeyId }))).toBe('NotFoundException');
  const { KeyMetadata } = await kms.describeKey({ KeyId });
  expect(KeyMetadata?.KeyState).toBe('PendingDeletion');
  expect(KeyMetadata?.DeletionDate?.getTime()).toBe(clock.now() + 10 * day);
  clock.advance(10 * day);
  expect(await code(kms.describeKey({ KeyId }))).toBe('NotFoundException');
});

test('rotation is set on the primary, counts for all, and keeps the old material', async () => {
  const { kms, at, KeyId, clock } = await replicated();
  const replica = at('eu-west-1').kms;
  for (const RotationPeriodInDays of [89, 2561])
    expect(await code(kms.enableKeyRotation({ KeyId, RotationPeriodInDays }))).toBe('ValidationException');
  expect(await code(replica.enableKeyRotation({ KeyId }))).toBe('UnsupportedOperationException');
  expect(await kms.getKeyRotationStatus({ KeyId })).toMatchObject({ KeyRotationEnabled: false });
  await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
  const status = await replica.getKeyRotationStatus({ KeyId });
  expect(status).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 90 });
  expect(status.NextRotationDate?.getTime()).toBe(clock.now() + 90 * day);

  const { CiphertextBlob: old, KeyMaterialId: first } = await kms.generateDataKey({
    KeyId,
    KeySpec: 'AES_256',
  });
  clock.advance(90 * day);
  const { KeyMaterialId: second } = await replica.generateDataKey({ KeyId, KeySpec: 'AES_256' });
  expect(second).not.toBe(first);
  expect((await kms.decrypt({ CiphertextBlob: present(old) })).KeyMaterialId).toBe(first);
  await kms.rotateKeyOnDemand({ KeyId });
  expect((await kms.listKeyRotations({ KeyId })).Rotations).toMatchObject([
    { RotationType: 'AUTOMATIC', KeyMaterialId: second, KeyMaterialState: 'NON_CURRENT' },
    { RotationType: 'ON_DEMAND', KeyMaterialState: 'CURRENT' },
  ]);
  expect(
    (await kms.listKeyRotations({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })).Rotations,
  ).toHaveLength(3);
  await kms.disableKeyRotation({ KeyId });
  clock.advance(365 * day);
  expect((await kms.listKeyRotations({ KeyId })).Rotations).toHaveLength(2);
});

test('a key is rotated on demand 25 times and no more', async () => {
  const { kms } = await start();
  const KeyId = present((await kms.createKey({})).KeyMetadata?.KeyId);
  for (let n = 0; n < 25; n++) await kms.rotateKeyOnDemand({ KeyId });
  expect(await code(kms.rotateKeyOnDemand({ KeyId }))).toBe('LimitExceededException');
});
