import { describe, expect, it } from 'vitest';
import { ACCESS_LEVELS, type Config, parseConfig } from '../../src/config/index.ts';
import { type Block, type Synthesized, synthConfig } from './synth.ts';

const KEY = '01234567-89ab-cdef-0123-456789abcdef';
const FILE = {
  vaults: {
    '/acme/prod': { home: 'eu-central-1', replicas: ['us-east-1'], tags: { environment: 'prod' } },
    '/acme/dev': { home: 'us-west-2', keyId: KEY, tags: { 'managed-by': 'hand' } },
  },
  tags: { 'managed-by': 'waxseal' },
};

function config(more: object = {}): Promise<Config> {
  return parseConfig(JSON.stringify({ ...FILE, ...more }), 'waxseal.json');
}

function provider(stack: Synthesized): Block | undefined {
  expect(Object.keys(stack.provider)).toEqual(['aws']);
  expect(stack.provider.aws).toHaveLength(1);
  return stack.provider.aws?.[0];
}

describe('WaxsealStack', () => {
  it("has one provider, in the first vault's home, and a region on every resource that lies in one", async () => {
    const stack = synthConfig(await config());
    expect(provider(stack)).toEqual({ region: 'eu-central-1' });
    const resources = Object.entries(stack.resource).flatMap(([type, blocks]) =>
      Object.values(blocks).map(({ region, provider }) => ({ type, region, provider })),
    );
    expect(resources.filter(({ provider }) => provider !== undefined)).toEqual([]);
    // IAM is the same in all regions.
    const without = resources.filter(({ region }) => region === undefined).map(({ type }) => type);
    expect([...new Set(without)]).toEqual(['aws_iam_policy']);
  });

  it("puts a vault's tags over those of all vaults", async () => {
    const stack = synthConfig(await config());
    expect(stack.of('aws_kms_key').map(({ tags }) => tags)).toEqual([
      { environment: 'prod', 'managed-by': 'waxseal', 'waxseal:vault': '/acme/prod' },
    ]);
    expect(stack.resource.aws_ssm_parameter?.['vault__acme__dev__us-west-2']?.tags).toEqual({
      'managed-by': 'hand',
      'waxseal:vault': '/acme/dev',
    });
  });

  it('binds provider and policy to the account that waxseal.json names', async () => {
    const stack = synthConfig(await config({ account: '123456789012' }));
    expect(provider(stack)).toEqual({ region: 'eu-central-1', allowed_account_ids: ['123456789012'] });
    expect(stack.of('aws_kms_key')[0]?.policy).toContain('iam::123456789012:root');
    expect(stack.data.aws_caller_identity).toBeUndefined();
  });

  it('asks for the account once, for all vaults, when none is named', async () => {
    const { data, of } = synthConfig(await config());
    expect(data).toEqual({
      aws_caller_identity: { current: {} },
      aws_partition: { current: {} },
      aws_kms_key: { 'vault__acme__dev__us-west-2': expect.objectContaining({ key_id: KEY }) },
    });
    expect(of('aws_kms_key')[0]?.policy).toContain(
      'arn:$' +
        '{data.aws_partition.current.partition}:iam::$' +
        '{data.aws_caller_identity.current.account_id}:root',
    );
  });

  it('puts out the key id of each vault and the ARN of each of its policies', async () => {
    const { output } = synthConfig(await config());
    const values = Object.fromEntries(Object.entries(output).map(([name, { value }]) => [name, value]));
    const arns = ['vault__acme__prod', 'vault__acme__dev'].flatMap((vault) =>
      ACCESS_LEVELS.map((level) => [`${vault}__${level}`, `\${aws_iam_policy.${vault}__${level}.arn}`]),
    );
    expect(values).toEqual({
      ...Object.fromEntries(arns),
      vault__acme__prod__key: '$' + '{aws_kms_key.vault__acme__prod__eu-central-1.key_id}',
      vault__acme__dev__key: KEY,
    });
  });

  it('makes the vault whose key another uses first, in whichever order they are written', async () => {
    const vaults = {
      '/acme/b': { home: 'us-east-1', sharesKeyWith: '/acme/a' },
      '/acme/a': { home: 'us-east-1', replicas: ['eu-west-1'] },
    };
    const { of } = synthConfig(await config({ vaults }));
    expect(of('aws_kms_key')).toHaveLength(1);
    expect(of('aws_kms_key')[0]?.policy).toContain('["/acme/a","/acme/b"]');
    const ids = of('aws_kms_alias')
      .filter(({ region }) => region === 'us-east-1')
      .map((alias) => alias.target_key_id);
    expect(ids).toEqual(Array(2).fill('$' + '{aws_kms_key.vault__acme__a__us-east-1.key_id}'));
  });

  const backend = (stack: Synthesized): unknown => stack.terraform.backend;
  const state = { bucket: 'acme-terraform', region: 'eu-west-1' };

  it('keeps its state in a relative path', async () => {
    expect(backend(synthConfig(await config()))).toEqual({
      local: { path: '../../../terraform.waxseal.tfstate' },
    });
    expect(backend(synthConfig(await config({ state }), { statePath: 'here.tfstate' }))).toEqual({
      local: { path: 'here.tfstate' },
    });
  });

  it('keeps it in a bucket, encrypted, locked by a file there or by a table', async () => {
    const common = { ...state, key: 'waxseal/terraform.tfstate', encrypt: true };
    expect(backend(synthConfig(await config({ state })))).toEqual({ s3: { ...common, use_lockfile: true } });
    const locked = { ...state, key: 'own', lockTable: 'locks' };
    expect(backend(synthConfig(await config({ state: locked })))).toEqual({
      s3: { ...common, key: 'own', dynamodb_table: 'locks' },
    });
  });

  it("never shares the account's state with a server that stands in for AWS", async () => {
    const endpoint = 'http://127.0.0.1:4599';
    for (const more of [{}, { state }]) {
      expect(backend(synthConfig(await config(more), { endpoint }))).toEqual({
        local: { path: '../../../terraform.waxseal.local.tfstate' },
      });
    }
  });
});

describe('WaxsealStack on a server that stands in for AWS', () => {
  const endpoint = 'http://127.0.0.1:4599';

  it('sends every service there, with dummy credentials', async () => {
    expect(provider(synthConfig(await config(), { endpoint }))).toEqual({
      region: 'eu-central-1',
      access_key: 'waxseal',
      secret_key: 'waxseal',
      endpoints: [
        Object.fromEntries(['kms', 'ssm', 'sts', 'iam', 'sns', 'events'].map((one) => [one, endpoint])),
      ],
      skip_credentials_validation: true,
      skip_requesting_account_id: true,
      skip_region_validation: true,
      skip_metadata_api_check: 'true',
    });
  });

  it('asks who it is where an account is named, so that the account can be compared', async () => {
    expect(provider(synthConfig(await config({ account: '123456789012' }), { endpoint }))).toMatchObject({
      allowed_account_ids: ['123456789012'],
      skip_credentials_validation: false,
      skip_requesting_account_id: false,
    });
  });
});
