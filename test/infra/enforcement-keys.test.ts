import { describe, expect, it } from 'vitest';
import { readPolicy } from '../../src/emulator/auth/document.ts';
import { evaluate } from '../../src/emulator/auth/evaluate.ts';
import { makeContext } from '../../src/emulator/auth/patterns.ts';
import { principalArn, readPrincipal } from '../../src/emulator/auth/principals.ts';
import { account, allow, rootArn } from '../emulator/auth-support.ts';
import { code, present } from '../emulator/support.ts';
import { context } from './actions.ts';
import { BREAK_GLASS, type Deployed, deploy, REGIONS, session, user } from './deploy.ts';

const everything = { Version: '2012-10-17' as const, Statement: [allow(['kms:*', 'ssm:*'])] };
const denied = 'AccessDeniedException';

describe('the key policy of the stack', () => {
  it('stands on the key of each region, word for word', async () => {
    const deployed = await deploy();
    for (const path of ['/acme/a', '/acme/b']) {
      for (const region of REGIONS) {
        const { Policy } = await deployed.privileged((root) =>
          root.at(region).kms.getKeyPolicy({ KeyId: deployed.keyId(path, region) }),
        );
        expect(Policy).toBe(deployed.keyPolicy(path));
      }
    }
    expect(deployed.keyId('/acme/c')).toBe(deployed.keyId('/acme/a'));
    expect(deployed.keyPolicy('/acme/a')).not.toContain('/acme/b');
    expect(deployed.keyPolicy('/acme/b')).not.toContain('/acme/a');
  });

  it('holds in one region after it was taken away in the other', async () => {
    const deployed = await deploy();
    deployed.admit(user('ANN', everything));
    const [here, there] = REGIONS;
    const KeyId = deployed.keyId('/acme/a');
    const open = { Statement: [{ ...allow('kms:*'), Principal: { AWS: rootArn } }] };
    const Policy = JSON.stringify({ Version: '2012-10-17', ...open });
    await deployed.as('ANN', here).kms.putKeyPolicy({ KeyId, Policy });
    await deployed.as('ANN', here).kms.disableKey({ KeyId });
    expect(await code(deployed.as('ANN', there).kms.disableKey({ KeyId }))).toBe(denied);
  });
});

describe('the denials of the key policy', () => {
  it.each(REGIONS)('hold in %s although everything were allowed beside them', async (region) => {
    const deployed = await deploy();
    deployed.admit(user('ANN', everything), session('GLASS', BREAK_GLASS, everything));
    const KeyId = deployed.keyId('/acme/b', region);
    const { kms } = deployed.as('ANN', region);
    const policy = JSON.parse(deployed.keyPolicy('/acme/b')) as { Statement: object[] };
    const wide = { ...allow('kms:*'), Principal: { AWS: rootArn } };
    await kms.putKeyPolicy({
      KeyId,
      Policy: JSON.stringify({ ...policy, Statement: [wide, ...policy.Statement] }),
    });

    const own = context('/acme/b');
    const key = await kms.generateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext: own });
    const CiphertextBlob = present(key.CiphertextBlob);
    await kms.encrypt({ KeyId, Plaintext: Buffer.from('x'), EncryptionContext: own });
    for (const EncryptionContext of [
      {},
      context('/acme/a'),
      context('/acme/b/c'),
      { 'waxseal:vaul': '/acme/b' },
    ]) {
      const from = { CiphertextBlob, DestinationKeyId: KeyId };
      for (const call of [
        kms.decrypt({ CiphertextBlob, EncryptionContext }),
        kms.encrypt({ KeyId, Plaintext: Buffer.from('x'), EncryptionContext }),
        kms.generateDataKey({ KeyId, KeySpec: 'AES_256', EncryptionContext }),
        kms.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: 'AES_256', EncryptionContext }),
        kms.reEncrypt({
          ...from,
          SourceEncryptionContext: own,
          DestinationEncryptionContext: EncryptionContext,
        }),
        kms.reEncrypt({
          ...from,
          SourceEncryptionContext: EncryptionContext,
          DestinationEncryptionContext: own,
        }),
      ]) {
        expect(await code(call)).toBe(denied);
      }
    }
    expect(await code(kms.disableKey({ KeyId }))).toBe(denied);
    expect(await code(kms.scheduleKeyDeletion({ KeyId }))).toBe(denied);
    const glass = deployed.as('GLASS', region).kms;
    await glass.disableKey({ KeyId });
    await glass.scheduleKeyDeletion({ KeyId });
  });
});

describe('grants, and whatever else the key policy does not name', () => {
  const actions = [
    'kms:CreateGrant',
    'kms:RevokeGrant',
    'kms:Encrypt',
    'kms:GenerateDataKeyWithoutPlaintext',
    'kms:GenerateDataKeyPair',
    'kms:ImportKeyMaterial',
    'kms:DeleteImportedKeyMaterial',
    'kms:GetParametersForImport',
    'kms:Sign',
    'kms:DeriveSharedSecret',
  ];
  const callers = [
    rootArn,
    `arn:aws:iam::${account}:user/ann`,
    `arn:aws:sts::${account}:assumed-role/Admin/ann`,
    BREAK_GLASS,
  ];

  it.each(actions)('%s is possible for nobody', async (action) => {
    const deployed = await deploy();
    const decide = (arn: string, asked: string): boolean => {
      const principal = present(readPrincipal(arn));
      const given = makeContext([
        ['aws:PrincipalArn', principalArn(principal)],
        ['kms:EncryptionContext:waxseal:vault', '/acme/a'],
      ]);
      return evaluate(
        {
          identity: arn === rootArn ? [] : [readPolicy(everything, 'identity')],
          resource: readPolicy(JSON.parse(deployed.keyPolicy('/acme/a')), 'resource'),
        },
        { principal, action: asked, resource: `arn:aws:kms:us-east-1:${account}:key/mrk-1`, context: given },
      ).allowed;
    };
    for (const arn of callers) {
      expect(decide(arn, 'kms:DescribeKey')).toBe(true);
      expect(decide(arn, action)).toBe(false);
    }
  });
});

describe('the break-glass role', () => {
  const admitted = async (): Promise<Deployed> => {
    const deployed = await deploy();
    deployed.admit(
      session('GLASS', BREAK_GLASS, deployed.policy('waxseal.break-glass')),
      user('ADMIN', everything),
      { accessKeyId: 'ROOT', arn: rootArn, policies: [] },
    );
    return deployed;
  };

  it('ends the key of a vault in each region, also when its alias has gone before it, and brings it back', async () => {
    const deployed = await admitted();
    for (const region of REGIONS) {
      const KeyId = deployed.keyId('/acme/b', region);
      await deployed.as('ADMIN', region).kms.deleteAlias({ AliasName: 'alias/waxseal/acme/b' });
      const { kms } = deployed.as('GLASS', region);
      const state = async () => (await kms.describeKey({ KeyId })).KeyMetadata?.KeyState;
      await kms.disableKey({ KeyId });
      expect(await state()).toBe('Disabled');
      await kms.enableKey({ KeyId });
      await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
      expect(await state()).toMatch(/^Pending(Replica)?Deletion$/);
      await kms.cancelKeyDeletion({ KeyId });
      await kms.enableKey({ KeyId });
      expect(await state()).toBe('Enabled');
    }
  });

  it('touches no key that is not of a vault', async () => {
    const deployed = await admitted();
    const KeyId = await deployed.privileged(async (root) =>
      present((await root.kms.createKey({})).KeyMetadata?.KeyId),
    );
    const { kms } = deployed.as('GLASS');
    for (const call of [
      kms.disableKey({ KeyId }),
      kms.scheduleKeyDeletion({ KeyId }),
      kms.describeKey({ KeyId }),
    ]) {
      expect(await code(call)).toBe(denied);
    }
    await deployed.as('ADMIN').kms.disableKey({ KeyId });
  });

  it('is what even the root user needs; it alone mends a policy that locked everybody out', async () => {
    const deployed = await admitted();
    const KeyId = deployed.keyId('/acme/b');
    const { kms } = deployed.as('ROOT');
    expect(await code(kms.disableKey({ KeyId }))).toBe(denied);
    expect(await code(kms.scheduleKeyDeletion({ KeyId }))).toBe(denied);
    const locked = JSON.parse(deployed.keyPolicy('/acme/b')) as { Statement: { Sid: string }[] };
    const Statement = locked.Statement.filter(({ Sid }) => !/^(Look|Administer)ThroughIam$/.test(Sid));
    const admin = deployed.as('ADMIN').kms;
    await admin.putKeyPolicy({ KeyId, Policy: JSON.stringify({ ...locked, Statement }) });
    const back = { KeyId, Policy: deployed.keyPolicy('/acme/b') };
    expect(await code(admin.putKeyPolicy(back))).toBe(denied);
    await kms.putKeyPolicy(back);
    await admin.describeKey({ KeyId });
  });
});
