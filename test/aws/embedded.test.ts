import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteAliasCommand,
  DescribeKeyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListResourceTagsCommand,
} from '@aws-sdk/client-kms';
import { afterEach, expect, it } from 'vitest';
import { remoteFaults } from '../../src/emulator/index.ts';
import { type OpenVault, openVault } from '../../src/open-vault.ts';
import { bytes, rejection, text } from '../support/world.ts';

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A folder with a waxseal.json for the embedded AWS. */
function project(config: Record<string, unknown> = {}): string {
  const dir = mkdtempSync(join(tmpdir(), 'waxseal-embedded-'));
  closing.push(() => rmSync(dir, { recursive: true }));
  const vault = { home: 'us-east-1', replicas: ['eu-west-1'], rotationDays: 180, tags: { team: 'payments' } };
  writeFileSync(
    join(dir, 'waxseal.json'),
    JSON.stringify({ aws: 'embedded', vaults: { '/acme/dev': vault }, ...config }),
  );
  return dir;
}

async function open(cwd: string, vault?: string): Promise<OpenVault> {
  const opened = await openVault({ env: {}, cwd, vault });
  closing.push(() => opened.close());
  return opened;
}

it('a first start makes what the plan says, and says so; a second one makes nothing', async () => {
  const cwd = project();
  const first = await open(cwd);
  expect(first.connection.made.join('\n')).toMatch(
    /mrk-[0-9a-f]{32} in us-east-1, rotated every 180 days[\s\S]*eu-west-1/,
  );
  const keys: string[] = [];
  for (const region of first.vault.regions) {
    const kms = new KMSClient({
      endpoint: first.connection.endpoint ?? '',
      region,
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    });
    const KeyId = 'alias/waxseal/acme/dev';
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
    keys.push(KeyMetadata?.KeyId ?? '');
    expect(KeyMetadata?.MultiRegionConfiguration?.MultiRegionKeyType).toBe(
      region === 'us-east-1' ? 'PRIMARY' : 'REPLICA',
    );
    const tags = await kms.send(new ListResourceTagsCommand({ KeyId: KeyMetadata?.KeyId }));
    expect(tags.Tags).toContainEqual({ TagKey: 'team', TagValue: 'payments' });
    const rotation = await kms.send(new GetKeyRotationStatusCommand({ KeyId: KeyMetadata?.KeyId }));
    expect(rotation).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 180 });
    kms.destroy();
  }
  expect(new Set(keys).size).toBe(1);
  await first.close();
  expect((await open(cwd)).connection.made).toEqual([]);
});

it.each(['us-east-1', 'eu-west-1'])(
  'an alias that is missing in %s comes back before the same key',
  async (region) => {
    const cwd = project();
    const first = await open(cwd);
    await first.vault.set('TOKEN', bytes('sealed before'));
    const endpoint = first.connection.endpoint ?? '';
    const kms = new KMSClient({ endpoint, region, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
    await kms.send(new DeleteAliasCommand({ AliasName: 'alias/waxseal/acme/dev' }));
    kms.destroy();
    await first.close();
    const again = await open(cwd);
    expect(again.connection.made.join()).not.toContain('multi-region key');
    for (const name of again.vault.regions) {
      expect(text((await again.vault.get('TOKEN', { region: name })).value)).toBe('sealed before');
    }
  },
);

it('a vault that shares a key gets an alias before that key, and a context of its own', async () => {
  const cwd = project({
    vaults: {
      '/acme/jobs': { home: 'eu-west-1', sharesKeyWith: '/acme/dev' },
      '/acme/dev': { home: 'us-east-1', replicas: ['eu-west-1'] },
    },
  });
  const jobs = await open(cwd, '/acme/jobs');
  expect(jobs.connection.made.join('\n')).toMatch(
    /multi-region key mrk-[\s\S]*alias\/waxseal\/acme\/jobs .* with the key of \/acme\/dev/,
  );
  await jobs.vault.set('TOKEN', bytes('of jobs'));
  const dev = await open(cwd, '/acme/dev');
  expect(dev.connection.made).toEqual([]);
  await dev.vault.set('TOKEN', bytes('of dev'));
  expect(text((await jobs.vault.get('TOKEN')).value)).toBe('of jobs');
  expect(text((await dev.vault.get('TOKEN')).value)).toBe('of dev');
});

it('two processes that start at once agree on one key', async () => {
  const cwd = project();
  const [one, two] = await Promise.all([open(cwd), open(cwd)]);
  await one.vault.set('A', bytes('one'));
  expect(text((await two.vault.get('A')).value)).toBe('one');
  expect(text((await two.vault.get('A', { region: 'eu-west-1' })).value)).toBe('one');
});

it('what is written outlives the process', async () => {
  const cwd = project();
  const first = await open(cwd);
  await first.vault.set('A', bytes('kept'));
  await first.close();
  expect(text((await (await open(cwd)).vault.get('A')).value)).toBe('kept');
});

it('when the process that serves the state ends, the other one takes over in the middle of its work', async () => {
  const cwd = project();
  const owner = await open(cwd);
  await owner.vault.set('A', bytes('one'));
  const guest = await open(cwd);
  expect(guest.connection.endpoint).toBe(owner.connection.endpoint);
  expect(text((await guest.vault.get('A')).value)).toBe('one');
  await owner.close();
  expect(text((await guest.vault.get('A')).value)).toBe('one');
  expect(await guest.vault.set('A', bytes('two'))).toMatchObject({ revision: 2, behind: [] });
  expect(guest.connection.endpoint).not.toBe(owner.connection.endpoint);
  expect(text((await (await open(cwd)).vault.get('A')).value)).toBe('two');
});

it('a call that is under way when everything is closed opens nothing again', async () => {
  const cwd = project();
  const opened = await open(cwd);
  await opened.vault.set('A', bytes('one'));
  const faults = remoteFaults(opened.connection.endpoint ?? '');
  await faults.set({ region: '*', kind: 'latency', ms: 50, operation: 'GetParametersByPath' });
  const listing = opened.vault.list().catch((error: unknown) => error);
  await faults.list();
  await opened.connection.close();
  await listing;
  const owner: unknown = JSON.parse(readFileSync(join(cwd, '.waxseal', 'owner.json'), 'utf8'));
  expect(owner).toMatchObject({ closed: true });
});

it('several vaults stand side by side, each under a key of its own', async () => {
  const cwd = project({
    vaults: {
      '/acme/dev': { home: 'us-east-1' },
      '/acme/prod': { home: 'eu-central-1', replicas: ['us-east-1'] },
    },
  });
  const dev = await open(cwd, '/acme/dev');
  const prod = await open(cwd, '/acme/prod');
  await dev.vault.set('A', bytes('dev'));
  await prod.vault.set('A', bytes('prod'));
  expect(text((await dev.vault.get('A')).value)).toBe('dev');
  expect(text((await prod.vault.get('A', { region: 'us-east-1' })).value)).toBe('prod');
});

it('opens with a region down, and makes it good when it is up', async () => {
  const cwd = project();
  const first = await open(cwd);
  await first.vault.set('A', bytes('one'));
  await remoteFaults(first.connection.endpoint ?? '').set({ region: 'us-east-1', kind: 'down' });
  await first.close();
  const second = await open(cwd);
  expect(await second.vault.get('A')).toMatchObject({ region: 'eu-west-1', revision: 1 });
});

it('a state that is broken is refused as it is, with what to do', async () => {
  const cwd = project();
  await (await open(cwd)).close();
  const journal = join(cwd, '.waxseal', 'journal.log');
  const before = readFileSync(journal);
  writeFileSync(journal, Buffer.concat([Buffer.from('garbage\n'), before]));
  const error = await rejection(open(cwd), 'local_state');
  expect(error.hint).toBeTruthy();
  expect(readFileSync(journal).subarray(8).equals(before)).toBe(true);
});

it('a state that others can write is not believed', async () => {
  const cwd = project();
  await (await open(cwd)).close();
  chmodSync(join(cwd, '.waxseal'), 0o777);
  const error = await rejection(open(cwd), 'local_state');
  expect(error.message).toContain('other users');
});

it('a state folder that only a variable names is not made up, nor a vault in it', async () => {
  const cwd = project();
  const missing = join(cwd, 'mistyped');
  const env = { WAXSEAL_VAULT: '/acme/dev', WAXSEAL_REGIONS: 'us-east-1', WAXSEAL_EMBEDDED: missing };
  const elsewhere = tmpdir();
  const error = await rejection(openVault({ env, cwd: elsewhere }), 'local_state');
  expect(error.message).toContain(missing);
  expect(existsSync(missing)).toBe(false);

  await (await open(cwd)).close();
  const there = { ...env, WAXSEAL_VAULT: '/acme/prdo', WAXSEAL_EMBEDDED: join(cwd, '.waxseal') };
  const opened = await openVault({ env: there, cwd: elsewhere });
  closing.push(() => opened.close());
  expect(opened.connection.made).toEqual([]);
  await rejection(opened.vault.load(), 'vault_unknown');
});
