import { expect, test } from 'vitest';
import {
  account,
  allow,
  as,
  deny,
  forAll,
  keyPolicyOf,
  type Statement,
  user,
  userArn,
} from './auth-support.ts';
import { type Clients, code, failure, present, type Started, start, stoppedClock, text } from './support.ts';

const denied = 'AccessDeniedException';
const Plaintext = Buffer.from('x');
const delegated = keyPolicyOf(forAll(allow('kms:*')));

/** Keys made by root, and then callers. */
async function withKeys(
  policies: readonly string[],
): Promise<{ readonly root: Started; readonly keys: readonly string[]; readonly ann: Clients }> {
  const clock = stoppedClock();
  const root = await start({ now: clock.now });
  const keys: string[] = [];
  for (const Policy of policies) {
    const { KeyMetadata } = await root.kms.createKey({
      Policy,
      MultiRegion: true,
      BypassPolicyLockoutSafetyCheck: true,
    });
    keys.push(present(KeyMetadata?.Arn));
  }
  return { root, keys, ann: as(root.emulator.endpoint, 'ANN') };
}

function become(root: Started, ...statements: readonly Statement[]): void {
  root.emulator.setIdentities([user('ANN', ...statements)]);
}

test('IAM counts only where the key policy delegates; the key policy alone is enough', async () => {
  const { root, keys, ann } = await withKeys([
    delegated,
    keyPolicyOf(forAll(allow('kms:*'), userArn('bob'))),
    keyPolicyOf(forAll(allow('kms:Encrypt'), userArn('ANN'))),
    keyPolicyOf(forAll(allow('kms:*')), forAll(deny('kms:Encrypt'), '*')),
  ]);
  const [open = '', closed = '', own = '', barred = ''] = keys;
  become(root, allow('kms:*'));
  await ann.kms.encrypt({ KeyId: open, Plaintext });
  expect(await failure(ann.kms.encrypt({ KeyId: closed, Plaintext }))).toBe(
    `AccessDeniedException: User: ${userArn('ANN')} is not authorized to perform: kms:Encrypt on resource: ${closed} because no resource-based policy allows the kms:Encrypt action`,
  );
  expect(await failure(ann.kms.encrypt({ KeyId: barred, Plaintext }))).toContain(
    'with an explicit deny in a resource-based policy',
  );
  become(root);
  await ann.kms.encrypt({ KeyId: own, Plaintext });
  expect(await failure(ann.kms.encrypt({ KeyId: open, Plaintext }))).toContain(
    'because no identity-based policy allows the kms:Encrypt action',
  );
  expect(await code(ann.kms.describeKey({ KeyId: own }))).toBe(denied);
  expect(await code(ann.kms.putKeyPolicy({ KeyId: open, Policy: delegated }))).toBe(denied);
});

test('a rule may name the key, also for requests by alias; and the alias by condition', async () => {
  const { root, keys, ann } = await withKeys([delegated, delegated]);
  const [one = '', two = ''] = keys;
  await root.kms.createAlias({ AliasName: 'alias/one', TargetKeyId: one });
  await root.kms.createAlias({ AliasName: 'alias/two', TargetKeyId: two });
  become(root, allow('kms:Encrypt', one));
  await ann.kms.encrypt({ KeyId: 'alias/one', Plaintext });
  expect(await failure(ann.kms.encrypt({ KeyId: 'alias/two', Plaintext }))).toContain(`on resource: ${two}`);
  // An alias is no way to name a key in a policy.
  become(root, allow('kms:Encrypt', `arn:aws:kms:us-east-1:${account}:alias/one`));
  expect(await code(ann.kms.encrypt({ KeyId: 'alias/one', Plaintext }))).toBe(denied);

  become(root, allow('kms:Encrypt', '*', { StringEquals: { 'kms:RequestAlias': 'alias/one' } }));
  await ann.kms.encrypt({ KeyId: `arn:aws:kms:us-east-1:${account}:alias/one`, Plaintext });
  expect(await code(ann.kms.encrypt({ KeyId: one, Plaintext }))).toBe(denied);
  expect(await code(ann.kms.encrypt({ KeyId: 'alias/two', Plaintext }))).toBe(denied);
  become(
    root,
    allow('kms:Encrypt', '*', { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/o*' } }),
  );
  await ann.kms.encrypt({ KeyId: one, Plaintext });
  expect(await code(ann.kms.encrypt({ KeyId: two, Plaintext }))).toBe(denied);
});

test('an alias takes the right on itself and on its keys', async () => {
  const { root, keys, ann } = await withKeys([delegated, delegated]);
  const [one = '', two = ''] = keys;
  const alias = `arn:aws:kms:us-east-1:${account}:alias/a`;
  const rights = ['kms:CreateAlias', 'kms:UpdateAlias', 'kms:DeleteAlias'];
  const create = { AliasName: 'alias/a', TargetKeyId: one };
  become(root, allow(rights, one));
  expect(await failure(ann.kms.createAlias(create))).toContain(`on resource: ${alias} because`);
  become(root, allow(rights, alias));
  expect(await failure(ann.kms.createAlias(create))).toContain(`on resource: ${one} because`);
  become(root, allow(rights, [alias, one]));
  await ann.kms.createAlias(create);
  const move = { AliasName: 'alias/a', TargetKeyId: two };
  expect(await failure(ann.kms.updateAlias(move))).toContain(`on resource: ${two} because`);
  become(root, allow(rights, [alias, two]));
  expect(await failure(ann.kms.updateAlias(move))).toContain(`on resource: ${one} because`);
  expect(await failure(ann.kms.deleteAlias({ AliasName: 'alias/a' }))).toContain(
    `on resource: ${one} because`,
  );
  become(root, allow(rights, [alias, one, two]));
  await ann.kms.updateAlias(move);
  await ann.kms.deleteAlias({ AliasName: 'alias/a' });
});

test('ReEncrypt takes a right on either key, each with its own context', async () => {
  const { root, keys, ann } = await withKeys([delegated, delegated]);
  const [one = '', two = ''] = keys;
  const made = await root.kms.encrypt({ KeyId: one, Plaintext, EncryptionContext: { v: 'old' } });
  const request = {
    CiphertextBlob: present(made.CiphertextBlob),
    SourceKeyId: one,
    SourceEncryptionContext: { v: 'old' },
    DestinationKeyId: two,
    DestinationEncryptionContext: { v: 'new' },
  };
  const of = (v: string): Statement => ({ StringEquals: { 'kms:EncryptionContext:v': v } });
  become(root, allow('kms:ReEncryptTo', two), allow('kms:ReEncryptFrom', two), allow('kms:Decrypt', one));
  expect(await failure(ann.kms.reEncrypt(request))).toContain(`kms:ReEncryptFrom on resource: ${one}`);
  const { SourceKeyId: _, ...unnamed } = request;
  expect(await failure(ann.kms.reEncrypt(unnamed))).toMatch(/^AccessDeniedException: The ciphertext refers/);
  become(root, allow('kms:ReEncrypt*', one), allow(['kms:Encrypt', 'kms:ReEncryptFrom'], two));
  expect(await failure(ann.kms.reEncrypt(request))).toContain(`kms:ReEncryptTo on resource: ${two}`);
  become(root, allow('kms:ReEncryptFrom', one, of('old')), allow('kms:ReEncryptTo', two, of('old')));
  expect(await code(ann.kms.reEncrypt(request))).toBe(denied);
  become(root, allow('kms:ReEncryptFrom', one, of('old')), allow('kms:ReEncryptTo', two, of('new')));
  const moved = await ann.kms.reEncrypt(unnamed);
  expect(moved.KeyId).toBe(two);
  // With DryRun the rights are checked as well.
  become(root);
  expect(await code(ann.kms.reEncrypt({ ...request, DryRun: true }))).toBe(denied);
});

test('Decrypt without a key id is asked of the key that the blob names, and tells nothing', async () => {
  const { root, keys, ann } = await withKeys([delegated, delegated]);
  const [one = '', two = ''] = keys;
  const blobs: Uint8Array[] = [];
  for (const KeyId of [one, two])
    blobs.push(present((await root.kms.encrypt({ KeyId, Plaintext })).CiphertextBlob));
  const [ours = Plaintext, theirs = Plaintext] = blobs;
  become(root, allow('kms:Decrypt', one));
  expect(text((await ann.kms.decrypt({ CiphertextBlob: ours })).Plaintext)).toBe('x');
  const refusal = await failure(ann.kms.decrypt({ CiphertextBlob: theirs }));
  expect(refusal).toMatch(/^AccessDeniedException: The ciphertext refers/);
  expect(refusal).not.toContain(two);
  expect(await failure(ann.kms.decrypt({ CiphertextBlob: theirs, KeyId: two }))).toContain(
    `kms:Decrypt on resource: ${two} because`,
  );
  expect(await code(ann.kms.decrypt({ CiphertextBlob: theirs, KeyId: one }))).toBe('IncorrectKeyException');
  expect(await code(ann.kms.decrypt({ CiphertextBlob: Plaintext }))).toBe('InvalidCiphertextException');
});

test('conditions on the encryption context: names in either case, values exactly, and Null', async () => {
  const { root, keys, ann } = await withKeys([delegated]);
  const [KeyId = ''] = keys;
  const encrypt = (EncryptionContext?: Record<string, string>): Promise<unknown> =>
    ann.kms.encrypt({ KeyId, Plaintext, ...(EncryptionContext === undefined ? {} : { EncryptionContext }) });
  become(root, allow('kms:Encrypt', '*', { StringEquals: { 'kms:EncryptionContext:VAULT': '/a' } }));
  await encrypt({ vault: '/a', more: '1' });
  expect(await code(encrypt({ vault: '/A' }))).toBe(denied);
  expect(await code(encrypt({ other: '/a' }))).toBe(denied);
  expect(await code(encrypt())).toBe(denied);

  const onlyVault = { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['vault'] } };
  become(root, allow('kms:Encrypt', '*', onlyVault));
  await encrypt({ vault: '/a' });
  // ForAllValues alone passes with none at all.
  await encrypt();
  expect(await code(encrypt({ vault: '/a', more: '1' }))).toBe(denied);
  expect(await code(encrypt({ Vault: '/a' }))).toBe(denied);
  become(root, allow('kms:Encrypt', '*', { ...onlyVault, Null: { 'kms:EncryptionContextKeys': 'false' } }));
  await encrypt({ vault: '/a' });
  expect(await code(encrypt())).toBe(denied);
  expect(await code(encrypt({}))).toBe(denied);
});

test('CreateKey is allowed on *, by conditions on what is asked for', async () => {
  const { root, ann } = await withKeys([]);
  become(root, allow('kms:CreateKey', `arn:aws:kms:us-east-1:${account}:key/*`));
  expect(await failure(ann.kms.createKey({}))).toContain('perform: kms:CreateKey on resource: * because');
  become(root, allow('kms:CreateKey', '*', { Bool: { 'kms:MultiRegion': 'true' } }));
  expect(await code(ann.kms.createKey({}))).toBe(denied);
  await ann.kms.createKey({ MultiRegion: true });
  become(root, allow(['kms:CreateKey', 'kms:GetPublicKey'], '*', { StringLike: { 'kms:KeySpec': 'RSA_*' } }));
  const rsa = { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' } as const;
  const RsaId = present((await ann.kms.createKey(rsa)).KeyMetadata?.KeyId);
  await ann.kms.getPublicKey({ KeyId: RsaId });
  expect(await code(ann.kms.createKey({}))).toBe(denied);
  become(root, allow('kms:CreateKey'));
  expect(await code(ann.kms.getPublicKey({ KeyId: RsaId }))).toBe(denied);
  const tagged = { MultiRegion: true, Tags: [{ TagKey: 'team', TagValue: 'red' }] };
  expect(await failure(ann.kms.createKey(tagged))).toContain('perform: kms:TagResource');
  const red = { StringEquals: { 'aws:RequestTag/team': 'red' } };
  become(root, allow(['kms:CreateKey', 'kms:TagResource', 'kms:DescribeKey'], '*', red));
  const made = await ann.kms.createKey(tagged);
  const KeyId = present(made.KeyMetadata?.KeyId);
  become(root, allow('kms:DescribeKey', '*', { StringEquals: { 'aws:ResourceTag/team': 'red' } }));
  await ann.kms.describeKey({ KeyId });
  expect(await code(ann.kms.listKeys({}))).toBe(denied);
});

test('ReplicateKey takes the primary and CreateKey in the other region; the replica has its own policy', async () => {
  const clock = stoppedClock();
  const root = await start({ now: clock.now });
  const Policy = keyPolicyOf(forAll(allow('kms:*')));
  const KeyId = present((await root.kms.createKey({ Policy, MultiRegion: true })).KeyMetadata?.KeyId);
  const here = as(root.emulator.endpoint, 'ANN');
  const there = as(root.emulator.endpoint, 'ANN', 'eu-west-1');
  const closed = keyPolicyOf(forAll(allow(['kms:PutKeyPolicy', 'kms:Decrypt'])));
  const replicate = { KeyId, ReplicaRegion: 'eu-west-1', Policy: closed };
  const inRegion = (region: string): Statement =>
    allow('kms:CreateKey', '*', { StringEquals: { 'aws:RequestedRegion': region } });
  become(root, allow('kms:ReplicateKey'), inRegion('us-east-1'));
  expect(await failure(here.kms.replicateKey(replicate))).toContain('perform: kms:CreateKey');
  become(root, inRegion('eu-west-1'));
  expect(await failure(here.kms.replicateKey(replicate))).toContain('perform: kms:ReplicateKey');
  become(root, allow('kms:ReplicateKey'), inRegion('eu-west-1'));
  await here.kms.replicateKey(replicate);
  clock.advance(1000);

  become(root, allow('kms:*'));
  const made = await here.kms.encrypt({ KeyId, Plaintext });
  expect(await failure(there.kms.encrypt({ KeyId, Plaintext }))).toContain('no resource-based policy');
  expect(text((await there.kms.decrypt({ CiphertextBlob: present(made.CiphertextBlob) })).Plaintext)).toBe(
    'x',
  );
  expect(await failure(here.kms.updatePrimaryRegion({ KeyId, PrimaryRegion: 'eu-west-1' }))).toContain(
    `kms:UpdatePrimaryRegion on resource: arn:aws:kms:eu-west-1:${account}:key/${KeyId}`,
  );
  await there.kms.putKeyPolicy({ KeyId, Policy });
  await here.kms.updatePrimaryRegion({ KeyId, PrimaryRegion: 'eu-west-1' });
});

test('numbers: a deletion window of at least a fortnight', async () => {
  const { root, keys, ann } = await withKeys([delegated]);
  const [KeyId = ''] = keys;
  const window = { NumericGreaterThanEquals: { 'kms:ScheduleKeyDeletionPendingWindowInDays': 14 } };
  become(root, allow('kms:ScheduleKeyDeletion', '*', window));
  expect(await code(ann.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 13 }))).toBe(denied);
  expect(await code(ann.kms.scheduleKeyDeletion({ KeyId }))).toBe(denied);
  await ann.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 14 });
});
