import { expect, test } from 'vitest';
import { checkConfig, keyPolicy, planVaults, type VaultPlan } from '../../src/config/index.ts';
import { VAULT_CONTEXT_KEY } from '../../src/secret-name.ts';
import { account, allow, as, type Statement, user } from './auth-support.ts';
import { type Clients, code, present, start, stoppedClock, text } from './support.ts';

const denied = 'AccessDeniedException';

const regions = { home: 'us-east-1', replicas: ['eu-west-1'] };
const checked = checkConfig({ vaults: { '/acme/a': regions, '/acme/b': regions } });
if ('problem' in checked) throw new Error(checked.problem.message);
const { config } = checked;
const plans = planVaults(config);
const [a, b] = [present(plans[0]), present(plans[1])];

function policyOf(vault: VaultPlan): string {
  return JSON.stringify(keyPolicy(present(vault.key), config, { account, partition: 'aws' }));
}

function context({ vault }: VaultPlan): Record<string, string> {
  return { [VAULT_CONTEXT_KEY]: vault, id: '1' };
}

/** What a reader of one vault is given, in every region. */
function reads({ vault, alias }: VaultPlan): readonly Statement[] {
  const parameters = `arn:aws:ssm:*:${account}:parameter${vault}`;
  const keys = `arn:aws:kms:*:${account}:key/*`;
  return [
    allow(
      ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'],
      [parameters, `${parameters}/*`],
    ),
    allow('kms:Decrypt', keys, {
      StringEquals: { [`kms:EncryptionContext:${VAULT_CONTEXT_KEY}`]: vault },
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias },
    }),
  ];
}

function writes(vault: VaultPlan): readonly Statement[] {
  const use = ['kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
  return [
    ...reads(vault),
    allow(['ssm:PutParameter', 'ssm:DeleteParameter'], `arn:aws:ssm:*:${account}:parameter${vault.vault}/*`),
    allow(use, '*', { StringEquals: { [`kms:EncryptionContext:${VAULT_CONTEXT_KEY}`]: vault.vault } }),
  ];
}

/** Two vaults as the stack makes them, in both regions, with one wrapped data key each. */
async function vaults() {
  const clock = stoppedClock();
  const root = await start({ now: clock.now });
  const made = [];
  for (const vault of [a, b]) {
    const Policy = policyOf(vault);
    const { KeyMetadata } = await root.kms.createKey({ MultiRegion: true, Policy });
    const id = present(KeyMetadata?.KeyId);
    await root.kms.replicateKey({ KeyId: id, ReplicaRegion: 'eu-west-1', Policy });
    clock.advance(1000);
    for (const region of vault.regions)
      await root.at(region).kms.createAlias({ AliasName: vault.alias, TargetKeyId: id });
    const key = await root.kms.generateDataKey({
      KeyId: vault.alias,
      KeySpec: 'AES_256',
      EncryptionContext: context(vault),
    });
    await root.ssm.putParameter({ Name: `${vault.vault}/A`, Value: 'sealed', Type: 'String' });
    made.push({ id, blob: present(key.CiphertextBlob), plain: present(key.Plaintext) });
  }
  root.emulator.setIdentities([
    user('READER', ...reads(a)),
    user('WRITER', ...writes(a)),
    user('TENANT', ...writes(b)),
    user('ADMIN', allow(['kms:*', 'ssm:*'])),
    user('NOBODY'),
  ]);
  const by = (name: string, region = 'us-east-1'): Clients => as(root.emulator.endpoint, name, region);
  const [ofA, ofB] = [present(made[0]), present(made[1])];
  return { root, by, ofA, ofB };
}

test("a reader opens with the vault's context, in every region, and not without", async () => {
  const { by, ofA } = await vaults();
  const CiphertextBlob = ofA.blob;
  for (const region of a.regions) {
    const { kms, ssm } = by('READER', region);
    const open = { CiphertextBlob, KeyId: a.alias, EncryptionContext: context(a) };
    expect(text((await kms.decrypt(open)).Plaintext)).toBe(text(ofA.plain));
    expect(await code(kms.decrypt({ CiphertextBlob, KeyId: a.alias }))).toBe(denied);
    const other = { ...open, EncryptionContext: context(b) };
    expect(await code(kms.decrypt(other))).toBe(denied);
    // The rights are there, but this is not what it was sealed with.
    const wrong = { ...open, EncryptionContext: { ...context(a), id: '2' } };
    expect(await code(kms.decrypt(wrong))).toBe('InvalidCiphertextException');
    const names = await ssm.getParameters({ Names: ['/acme/a/A', '/acme/a/B'] });
    expect(names.Parameters).toHaveLength(region === 'us-east-1' ? 1 : 0);
  }
  expect(await code(by('NOBODY').kms.decrypt({ CiphertextBlob, EncryptionContext: context(a) }))).toBe(
    denied,
  );
});

test('a reader neither writes nor administers', async () => {
  const { by, ofA } = await vaults();
  const { kms, ssm } = by('READER');
  const KeyId = ofA.id;
  const put = { Name: '/acme/a/A', Value: 'forged', Type: 'String', Overwrite: true } as const;
  for (const call of [
    ssm.putParameter(put),
    ssm.deleteParameter({ Name: '/acme/a/A' }),
    ssm.getParameters({ Names: ['/acme/a/A', '/acme/b/A'] }),
    ssm.getParametersByPath({ Path: '/acme', Recursive: true }),
    kms.generateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext: context(a) }),
    kms.encrypt({ KeyId, Plaintext: Buffer.from('x'), EncryptionContext: context(a) }),
    kms.disableKey({ KeyId }),
    kms.scheduleKeyDeletion({ KeyId }),
    kms.putKeyPolicy({ KeyId, Policy: '{"Statement":[]}', BypassPolicyLockoutSafetyCheck: true }),
    kms.updateAlias({ AliasName: a.alias, TargetKeyId: KeyId }),
    kms.describeKey({ KeyId }),
  ])
    expect(await code(call)).toBe(denied);
  expect((await ssm.getParameter({ Name: '/acme/a/A' })).Parameter?.Value).toBe('sealed');
});

test('a writer makes data keys, rewraps and writes, in its own vault', async () => {
  const { by, ofA } = await vaults();
  const { kms, ssm } = by('WRITER');
  const data = { KeyId: a.alias, KeySpec: 'AES_256' } as const;
  const made = await kms.generateDataKey({ ...data, EncryptionContext: context(a) });
  await kms.reEncrypt({
    CiphertextBlob: present(made.CiphertextBlob),
    SourceEncryptionContext: context(a),
    DestinationKeyId: a.alias,
    DestinationEncryptionContext: context(a),
  });
  await ssm.putParameter({ Name: '/acme/a/B', Value: 'sealed', Type: 'String' });
  expect(await code(kms.generateDataKey(data))).toBe(denied);
  expect(await code(kms.generateDataKey({ ...data, EncryptionContext: context(b) }))).toBe(denied);
  expect(await code(kms.disableKey({ KeyId: ofA.id }))).toBe(denied);
  expect(await code(ssm.putParameter({ Name: '/acme/b/B', Value: 'x', Type: 'String' }))).toBe(denied);
  // Into another vault's context neither key lets it.
  const intoB = {
    CiphertextBlob: ofA.blob,
    SourceEncryptionContext: context(a),
    DestinationKeyId: b.alias,
    DestinationEncryptionContext: context(b),
  };
  expect(await code(kms.reEncrypt(intoB))).toBe(denied);
});

test('one tenant opens nothing of another, with whichever context', async () => {
  const { by, ofA, ofB } = await vaults();
  for (const region of a.regions) {
    const { kms } = by('TENANT', region);
    expect(
      text((await kms.decrypt({ CiphertextBlob: ofB.blob, EncryptionContext: context(b) })).Plaintext),
    ).toBe(text(ofB.plain));
    for (const EncryptionContext of [context(a), context(b), {}])
      expect(await code(kms.decrypt({ CiphertextBlob: ofA.blob, EncryptionContext }))).toBe(denied);
    expect(
      await code(kms.decrypt({ CiphertextBlob: ofA.blob, KeyId: b.alias, EncryptionContext: context(b) })),
    ).toBe('IncorrectKeyException');
  }
});

test("the key policy binds the account's administrators too", async () => {
  const { by, ofA } = await vaults();
  const { kms } = by('ADMIN');
  const KeyId = ofA.id;
  // Use takes the vault's context and is never plain Encrypt.
  expect(await code(kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }))).toBe(denied);
  expect(await code(kms.encrypt({ KeyId, Plaintext: ofA.plain, EncryptionContext: context(a) }))).toBe(
    denied,
  );
  expect(await code(kms.decrypt({ CiphertextBlob: ofA.blob, EncryptionContext: context(b) }))).toBe(denied);
  await kms.decrypt({ CiphertextBlob: ofA.blob, EncryptionContext: context(a) });
  // To end a key takes a role that nobody has by default.
  expect(await code(kms.disableKey({ KeyId }))).toBe(denied);
  expect(await code(kms.scheduleKeyDeletion({ KeyId }))).toBe(denied);
  // Administration works as the stack needs it.
  await kms.describeKey({ KeyId: a.alias });
  await kms.enableKey({ KeyId });
  await kms.tagResource({ KeyId, Tags: [{ TagKey: 'k', TagValue: 'v' }] });
  await kms.updateAlias({ AliasName: a.alias, TargetKeyId: KeyId });
});

test("a replica's own policy counts in its region", async () => {
  const { by, ofA } = await vaults();
  const reader = by('READER', 'eu-west-1').kms;
  const open = { CiphertextBlob: ofA.blob, EncryptionContext: context(a) };
  const Policy = policyOf(b);
  await reader.decrypt(open);
  await by('ADMIN', 'eu-west-1').kms.putKeyPolicy({ KeyId: ofA.id, Policy });
  expect(await code(reader.decrypt(open))).toBe(denied);
  await by('READER').kms.decrypt(open);
});
