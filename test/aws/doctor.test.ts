import { describe, expect, it } from 'vitest';
import { present } from '../emulator/support.ts';
import {
  ALIAS,
  complaints,
  config,
  DESCRIPTOR,
  find,
  HOME,
  patient,
  REPLICA,
  SECRET,
  VAULT,
} from './doctor-support.ts';

describe('a vault as it should be', () => {
  it('has nothing wrong with it, and nothing is changed by looking', async () => {
    const { emulator, examine, names } = await patient();
    const before = [await names(HOME), await names(REPLICA)];
    emulator.clearCalls();
    const findings = await examine();
    expect(complaints(findings)).toEqual([]);
    expect(find(findings, 'credentials').message).toContain('account 000000000000');
    expect(find(findings, 'rotation').message).toContain('180 days');
    for (const region of [HOME, REPLICA]) {
      for (const check of ['region', 'key', 'descriptor', 'read'] as const) {
        expect(find(findings, check, region), `${check} ${region}`).toMatchObject({ state: 'ok' });
      }
    }
    const operations = new Set(emulator.calls.map(({ operation }) => operation));
    expect([...operations].sort()).toEqual([
      'Decrypt',
      'DescribeKey',
      'GenerateDataKey',
      'GetCallerIdentity',
      'GetKeyRotationStatus',
      'GetParameters',
      'GetParametersByPath',
      'ReEncrypt',
    ]);
    const crypto = emulator.calls.filter(({ operation }) =>
      ['Decrypt', 'GenerateDataKey', 'ReEncrypt'].includes(operation),
    );
    expect(new Set(crypto.map(({ error }) => error))).toEqual(new Set(['DryRunOperationException']));
    expect([await names(HOME), await names(REPLICA)]).toEqual(before);
  });

  it('is not asked for what only an account has', async () => {
    const { examine } = await patient();
    const findings = await examine();
    for (const check of ['write', 'administer', 'trail'] as const) {
      expect(find(findings, check, HOME)).toMatchObject({ state: 'untested' });
    }
    expect(find(findings, 'write', HOME).fix).toContain('--probe-write');
  });
});

describe('keys', () => {
  it('a disabled key is named, with the command that enables it', async () => {
    const { at, examine, keyId } = await patient();
    await at(REPLICA).kms.disableKey({ KeyId: keyId });
    const findings = await examine();
    expect(complaints(findings)).toEqual([`key ${REPLICA}: fail`]);
    const { message, fix } = find(findings, 'key', REPLICA);
    expect(message).toContain('disabled');
    expect(fix).toContain(`aws kms enable-key --key-id ${keyId} --region ${REPLICA}`);
    expect(find(findings, 'read', REPLICA)).toMatchObject({ state: 'untested' });
    expect(find(findings, 'read', HOME)).toMatchObject({ state: 'ok' });
  });

  it('a key that waits for its deletion is named, with its day and the way back', async () => {
    const { at, examine, keyId } = await patient();
    const { DeletionDate } = await at(REPLICA).kms.scheduleKeyDeletion({
      KeyId: keyId,
      PendingWindowInDays: 7,
    });
    const findings = await examine();
    expect(complaints(findings)).toEqual([`key ${REPLICA}: fail`]);
    const { message, fix } = find(findings, 'key', REPLICA);
    expect(message).toContain(present(DeletionDate).toISOString().slice(0, 10));
    expect(fix).toContain(`aws kms cancel-key-deletion --key-id ${keyId} --region ${REPLICA}`);
  });

  it('a primary key that waits for the deletion of its replicas is told from one that does not', async () => {
    const { at, examine, keyId } = await patient();
    await at(HOME).kms.scheduleKeyDeletion({ KeyId: keyId, PendingWindowInDays: 7 });
    const findings = await examine();
    expect(find(findings, 'key', HOME)).toMatchObject({
      state: 'fail',
      message: expect.stringContaining('as soon as its last replica key is') as string,
      fix: expect.stringContaining('cancel-key-deletion') as string,
    });
    // KMS turns rotation off for the time; to turn it on again is nothing that anybody should try meanwhile.
    expect(find(findings, 'rotation')).toMatchObject({ state: 'untested' });
  });

  it('an alias that was moved in one region shows there, and between the regions', async () => {
    const { at, examine, keyId } = await patient();
    const { KeyMetadata } = await at(REPLICA).kms.createKey({ MultiRegion: true });
    const other = present(KeyMetadata?.KeyId);
    await at(REPLICA).kms.updateAlias({ AliasName: ALIAS, TargetKeyId: other });
    const findings = await examine();
    expect(complaints(findings)).toEqual(['same-key: fail', `descriptor ${REPLICA}: fail`]);
    expect(find(findings, 'same-key').message).toContain(`${keyId} in ${HOME}, ${other} in ${REPLICA}`);
    expect(find(findings, 'descriptor', REPLICA).message).toContain('the key');
  });

  it('a key of one region alone is no key for a vault with replicas', async () => {
    const { at, examine } = await patient();
    const { KeyMetadata } = await at(REPLICA).kms.createKey({});
    await at(REPLICA).kms.updateAlias({ AliasName: ALIAS, TargetKeyId: present(KeyMetadata?.KeyId) });
    const findings = await examine();
    expect(find(findings, 'key', REPLICA)).toMatchObject({
      state: 'fail',
      message: expect.stringContaining('not a multi-region key') as string,
    });
  });

  it('an alias that is gone leaves no key to be found', async () => {
    const { at, examine, keyId } = await patient();
    await at(HOME).kms.deleteAlias({ AliasName: ALIAS });
    const findings = await examine();
    expect(complaints(findings)).toEqual([`key ${HOME}: fail`]);
    expect(find(findings, 'key', HOME).message).toContain(ALIAS);
    // Not "make the vault": that would be another key than the replica's.
    expect(find(findings, 'key', HOME).fix).toContain(
      `create-alias --alias-name ${ALIAS} --target-key-id ${keyId}`,
    );
  });

  it('rotation that is off, or has another period than waxseal.json, is wrong', async () => {
    const { at, configure, examine, keyId } = await patient();
    configure(config({}, { rotationDays: 365 }));
    expect(find(await examine(), 'rotation')).toMatchObject({
      state: 'fail',
      message: 'the KMS key is rotated every 180 days, waxseal.json says 365',
    });
    await at(HOME).kms.disableKeyRotation({ KeyId: keyId });
    expect(find(await examine(), 'rotation')).toMatchObject({
      state: 'fail',
      message: 'the key is not rotated',
      fix: expect.stringContaining('--rotation-period-in-days 365') as string,
    });
  });

  it('a primary key that is not where waxseal.json has it is worth a look', async () => {
    const { configure, examine } = await patient();
    configure(config({}, { primary: REPLICA }));
    const findings = await examine();
    expect(complaints(findings)).toEqual(['primary: warn']);
    expect(find(findings, 'primary').fix).toContain(`"primary": "${HOME}"`);
  });

  it('an adopted key is compared with the alias, and its rotation left to its owner', async () => {
    const { at, configure, examine, keyId } = await patient();
    configure(config({}, { keyId }));
    const good = await examine();
    expect(complaints(good)).toEqual([]);
    expect(find(good, 'alias', REPLICA)).toMatchObject({ state: 'ok' });
    expect(find(good, 'rotation')).toMatchObject({ state: 'untested' });

    const { KeyMetadata } = await at(REPLICA).kms.createKey({ MultiRegion: true });
    const other = present(KeyMetadata?.KeyId);
    await at(REPLICA).kms.updateAlias({ AliasName: ALIAS, TargetKeyId: other });
    const moved = await examine();
    expect(complaints(moved)).toEqual([`alias ${REPLICA}: fail`]);
    expect(find(moved, 'alias', REPLICA).fix).toContain(
      `update-alias --alias-name ${ALIAS} --target-key-id ${keyId}`,
    );
  });
});

it('keys that are accepted beside the own one are looked at, in each region', async () => {
  const { at, configure, examine } = await patient();
  const { KeyMetadata } = await at(HOME).kms.createKey({ MultiRegion: true });
  const other = present(KeyMetadata?.KeyId);
  configure(config({}, { acceptedKeyIds: [other] }));
  const findings = await examine();
  expect(find(findings, 'accepted-key', HOME)).toMatchObject({ state: 'ok' });
  // It has no replica there.
  expect(complaints(findings)).toEqual([`accepted-key ${REPLICA}: warn`]);
  await at(HOME).kms.disableKey({ KeyId: other });
  const disabled = find(await examine(), 'accepted-key', HOME);
  expect(disabled).toMatchObject({ state: 'warn', message: expect.stringContaining('Disabled') });
  expect(disabled.fix).toContain('waxseal key usage');
});

describe('descriptors', () => {
  it('one that is missing is named, with what to put there', async () => {
    const { at, examine, keyId } = await patient();
    await at(HOME).ssm.deleteParameter({ Name: DESCRIPTOR });
    const findings = await examine();
    expect(complaints(findings)).toEqual([`descriptor ${HOME}: fail`]);
    expect(find(findings, 'descriptor', HOME).fix).toContain(`"kms":"${keyId}"`);
  });

  it.each([
    ['another key', (text: string) => text.replace(/mrk-\w{4}/, 'mrk-0000'), 'the key'],
    ['another home', (text: string) => text.replace(`"home":"${HOME}"`, '"home":"x"'), 'the home region'],
    ['fewer regions', (text: string) => text.replace(`,"${REPLICA}"`, ''), 'the regions'],
    ['another vault', (text: string) => text.replace(VAULT, '/acme/prod'), 'which vault it is'],
    ['no JSON', () => SECRET, 'is not a descriptor'],
  ])('one that was edited to say %s is wrong, and not repeated', async (_what, edit, says) => {
    const { at, examine } = await patient();
    const { Parameter } = await at(REPLICA).ssm.getParameter({ Name: DESCRIPTOR });
    const Value = edit(present(Parameter?.Value));
    await at(REPLICA).ssm.putParameter({ Name: DESCRIPTOR, Value, Overwrite: true });
    const findings = await examine();
    expect(complaints(findings)).toEqual([`descriptor ${REPLICA}: fail`]);
    expect(find(findings, 'descriptor', REPLICA).message).toContain(says);
    expect(JSON.stringify(findings)).not.toContain(SECRET);
  });

  it('is compared with waxseal.json as it is now', async () => {
    const { configure, examine } = await patient();
    configure(config({}, { home: REPLICA, replicas: [HOME], primary: HOME }));
    const findings = await examine();
    expect(complaints(findings)).toEqual([`descriptor ${REPLICA}: fail`, `descriptor ${HOME}: fail`]);
    expect(find(findings, 'descriptor', HOME).message).toContain('the home region, the regions');
  });
});

describe('regions', () => {
  it.each(['down', 'hang', 'half-open'] as const)(
    'one that is %s does not hold up the others',
    async (kind) => {
      const { emulator, examine } = await patient();
      emulator.setFault({ region: REPLICA, kind });
      const started = performance.now();
      const findings = await examine({ timeout: 1_000 });
      // One call for who asks, which home answers; the first calls of the region; no others.
      expect(performance.now() - started).toBeLessThan(8_000);
      expect(complaints(findings)).toEqual([`region ${REPLICA}: fail`]);
      expect(find(findings, 'key', HOME)).toMatchObject({ state: 'ok' });
      expect(find(findings, 'rotation')).toMatchObject({ state: 'ok' });
      expect(findings.filter(({ region }) => region === REPLICA)).toHaveLength(1);
    },
  );

  it('home may be the one that is down', async () => {
    const { emulator, examine } = await patient();
    emulator.setFault({ region: HOME, kind: 'down' });
    const findings = await examine();
    expect(complaints(findings)).toEqual([`region ${HOME}: fail`]);
    expect(find(findings, 'credentials')).toMatchObject({ state: 'ok' });
    expect(find(findings, 'key', REPLICA)).toMatchObject({ state: 'ok' });
  });

  it('one service of a region that hangs is told from the region', async () => {
    const { emulator, examine } = await patient();
    emulator.setFault({ region: REPLICA, kind: 'hang', operation: 'GetParameters' });
    const findings = await examine({ timeout: 500 });
    expect(complaints(findings)).toEqual([`region ${REPLICA}: fail`]);
    expect(find(findings, 'region', REPLICA).message).toContain('ssm:GetParameters');
    expect(find(findings, 'key', REPLICA)).toMatchObject({ state: 'ok' });
  });

  it('one that does not know credentials which AWS knows is not enabled for the account', async () => {
    const { emulator, examine } = await patient();
    const findings = await examine(
      {},
      { WAXSEAL_ENDPOINT: emulator.endpoint, WAXSEAL_REGIONS: `${HOME},${REPLICA},ap-east-1` },
    );
    expect(find(findings, 'region', 'ap-east-1')).toMatchObject({
      state: 'fail',
      message: expect.stringContaining('not enabled for the account') as string,
      fix: expect.stringContaining('enable-region --region-name ap-east-1') as string,
    });
    expect(find(findings, 'descriptor', HOME).message).toContain('the regions');
  });
});

it('credentials are not blamed for a region that refuses them while the others are away', async () => {
  const { emulator, examine } = await patient();
  emulator.setFault({ region: HOME, kind: 'down' });
  emulator.setFault({
    region: REPLICA,
    kind: 'error',
    code: 'UnrecognizedClientException',
    operation: 'GetCallerIdentity',
  });
  const findings = await examine();
  expect(complaints(findings)).toEqual(['credentials: fail', `region ${HOME}: fail`]);
  expect(find(findings, 'credentials').message).toContain('cannot be reached');
  expect(find(findings, 'key', REPLICA)).toMatchObject({ state: 'ok' });
});

it('a vault of which nothing is there yet is examined all the same', async () => {
  const { examine } = await patient({}, false);
  const findings = await examine();
  for (const region of [HOME, REPLICA]) {
    expect(find(findings, 'region', region)).toMatchObject({ state: 'ok' });
    expect(find(findings, 'key', region)).toMatchObject({ state: 'fail' });
    expect(find(findings, 'descriptor', region)).toMatchObject({ state: 'fail' });
  }
});

it('credentials that nobody knows end the examination', async () => {
  const { emulator, examine } = await patient();
  emulator.setIdentities([{ accessKeyId: 'SOMEBODY', arn: 'arn:aws:iam::000000000000:root', policies: [] }]);
  const findings = await examine();
  expect(complaints(findings)).toEqual(['credentials: fail']);
  expect(find(findings, 'credentials').fix).toContain('sign in');
  expect(new Set(emulator.calls.map(({ operation }) => operation))).toEqual(new Set(['GetCallerIdentity']));
});
