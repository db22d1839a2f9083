import { expect, test } from 'vitest';
import { checkCaller } from '../../scripts/deploy/caller.ts';
import { findExisting } from '../../scripts/deploy/existing.ts';
import { type Config, parseConfig } from '../../src/config/index.ts';
import { logicalId } from '../../src/constructs/logical-id.ts';
import { present, start } from '../emulator/support.ts';

const PROD = { home: 'us-east-1', replicas: ['eu-west-1'] };

function config(file: object): Promise<Config> {
  return parseConfig(JSON.stringify(file), 'waxseal.json');
}

/** An emulator with the vault's key and replica, tagged as ours, and an alias in each region. */
async function withKeys() {
  const root = await start();
  const Tags = [{ TagKey: 'waxseal:vault', TagValue: '/acme/prod' }];
  const { KeyMetadata } = await root.kms.createKey({ MultiRegion: true, Tags });
  const id = present(KeyMetadata?.KeyId);
  await root.kms.replicateKey({ KeyId: id, ReplicaRegion: 'eu-west-1', Tags });
  await expect
    .poll(async () => (await root.at('eu-west-1').kms.describeKey({ KeyId: id })).KeyMetadata?.KeyState)
    .toBe('Enabled');
  for (const region of ['us-east-1', 'eu-west-1']) {
    await root.at(region).kms.createAlias({ AliasName: 'alias/waxseal/acme/prod', TargetKeyId: id });
  }
  return { root, id, reach: { endpoint: root.emulator.endpoint } };
}

test('takes over what is ours and the state does not know', async () => {
  const { id, reach } = await withKeys();
  const file = await config({ vaults: { '/acme/prod': PROD } });
  const name = (region: string): string => logicalId('/acme/prod', region);
  const { imports, refusals } = await findExisting(file, new Map(), reach);
  expect(refusals).toEqual([]);
  expect([...imports].sort((a, b) => (a.to < b.to ? -1 : 1))).toEqual([
    { to: `aws_kms_alias.${name('eu-west-1')}`, id: 'alias/waxseal/acme/prod@eu-west-1' },
    { to: `aws_kms_alias.${name('us-east-1')}`, id: 'alias/waxseal/acme/prod@us-east-1' },
    { to: `aws_kms_key.${name('us-east-1')}`, id: `${id}@us-east-1` },
    { to: `aws_kms_replica_key.${name('eu-west-1')}`, id: `${id}@eu-west-1` },
  ]);
  const known = new Map(imports.map(({ to }) => [to, to.startsWith('aws_kms_key.') ? id : undefined]));
  expect(await findExisting(file, known, reach)).toEqual({ imports: [], refusals: [] });
});

test('refuses a primary key elsewhere, and an alias before a key of somebody else', async () => {
  const { root, id, reach } = await withKeys();
  const moved = await config({ vaults: { '/acme/prod': { home: 'eu-west-1', replicas: ['us-east-1'] } } });
  expect((await findExisting(moved, new Map(), reach)).refusals).toEqual([
    {
      what: 'the primary key of /acme/prod is in us-east-1, waxseal.json means eu-west-1',
      hint: 'say "primary": "us-east-1" of vault /acme/prod; home may be any of its regions',
    },
  ]);
  const other = await config({ vaults: { '/acme/other': { home: 'us-east-1' } } });
  await root.kms.createAlias({ AliasName: 'alias/waxseal/acme/other', TargetKeyId: id });
  const { imports, refusals } = await findExisting(other, new Map(), reach);
  expect(imports).toEqual([]);
  expect(refusals[0]?.what).toBe(
    `alias/waxseal/acme/other stands in us-east-1 before key ${id}, which waxseal did not make`,
  );
  expect(refusals[0]?.hint).toContain(`"keyId": "${id}"`);
});

test('tells a key that waxseal did not make, one that is pending deletion, and finds one whose alias is lost', async () => {
  const { root, id, reach } = await withKeys();
  const file = await config({ vaults: { '/acme/prod': PROD } });
  const alias = `aws_kms_alias.${logicalId('/acme/prod', 'us-east-1')}`;
  // The vault adopted a key before: its alias is known, the key is not Terraform's to take.
  await root.kms.untagResource({ KeyId: id, TagKeys: ['waxseal:vault'] });
  const dropped = await findExisting(file, new Map([[alias, undefined]]), reach);
  expect(dropped.refusals[0]?.what).toContain('which waxseal did not make');
  await root.kms.tagResource({ KeyId: id, Tags: [{ TagKey: 'waxseal:vault', TagValue: '/acme/prod' }] });

  const eu = root.at('eu-west-1').kms;
  await eu.scheduleKeyDeletion({ KeyId: id });
  const { refusals } = await findExisting(file, new Map(), reach);
  expect(refusals.map(({ what }) => what)).toEqual([
    'the key of /acme/prod in eu-west-1 is pending deletion, so no other can be made there',
  ]);
  await eu.cancelKeyDeletion({ KeyId: id });
  await eu.enableKey({ KeyId: id });

  for (const region of ['us-east-1', 'eu-west-1']) {
    await root.at(region).kms.deleteAlias({ AliasName: 'alias/waxseal/acme/prod' });
  }
  const Value = JSON.stringify({ wx: 1, vault: '/acme/prod', kms: id });
  await root.ssm.putParameter({ Name: '/acme/prod/.waxseal/vault', Value, Type: 'String' });
  const found = await findExisting(file, new Map(), reach);
  expect(found.imports.map(({ to }) => to.split('.')[0]).sort()).toEqual([
    'aws_kms_key',
    'aws_kms_replica_key',
    'aws_ssm_parameter',
  ]);
});

test('an alias that was moved does not decide which key is the vault’s', async () => {
  const { root, id, reach } = await withKeys();
  const file = await config({ vaults: { '/acme/prod': PROD } });
  const { imports } = await findExisting(file, new Map(), reach);
  const known = new Map(imports.map(({ to }) => [to, to.startsWith('aws_kms_key.') ? id : undefined]));
  const foreign = await root.at('eu-west-1').kms.createKey({ MultiRegion: true });
  const TargetKeyId = present(foreign.KeyMetadata?.KeyId);
  await root.at('eu-west-1').kms.updateAlias({ AliasName: 'alias/waxseal/acme/prod', TargetKeyId });
  expect(await findExisting(file, known, reach)).toEqual({ imports: [], refusals: [] });
});

test('says which region is not enabled, or not there', async () => {
  const { reach } = await withKeys();
  const file = await config({ vaults: { '/acme/prod': { home: 'us-east-1', replicas: ['me-south-1'] } } });
  await expect(findExisting(file, new Map(), reach)).rejects.toMatchObject({
    code: 'credentials',
    region: 'me-south-1',
    hint: expect.stringContaining('me-south-1 is not enabled for the account'),
  });
  const nowhere = { endpoint: 'http://127.0.0.1:9' };
  await expect(findExisting(file, new Map(), nowhere)).rejects.toMatchObject({
    code: 'unreachable',
    hint: expect.stringMatching(/check that there is a region/),
  });
});

test('refuses the credentials of another account', async () => {
  const { reach } = await withKeys();
  const file = await config({ account: '123456789012', vaults: { '/acme/prod': PROD } });
  await expect(checkCaller(file, reach)).rejects.toMatchObject({
    code: 'credentials',
    message: 'the credentials are of account 000000000000, waxseal.json says 123456789012',
  });
  const own = await config({ account: '000000000000', vaults: { '/acme/prod': PROD } });
  expect(await checkCaller(own, reach)).toBe('arn:aws:iam::000000000000:root');
});
