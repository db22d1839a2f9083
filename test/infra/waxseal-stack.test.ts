import { describe, expect, it } from 'vitest';
import { type Config, parseConfig } from '../../src/config/index.ts';
import { type Block, type Synthesized, synthConfig } from './synth.ts';

const FILE = {
  vaults: {
    '/acme/prod': { home: 'eu-central-1', replicas: ['us-east-1'], tags: { environment: 'prod' } },
    '/acme/dev': { home: 'us-west-2', kmsKey: 'alias/own', tags: { 'managed-by': 'hand' } },
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
  it("has one provider, in the first vault's home, and a region on every resource", async () => {
    const stack = synthConfig(await config());
    expect(provider(stack)).toEqual({ region: 'eu-central-1' });
    const resources = Object.values(stack.resource).flatMap((type) => Object.values(type));
    expect(
      resources.filter(({ region, provider }) => region === undefined || provider !== undefined),
    ).toEqual([]);
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
    expect(data).toEqual({ aws_caller_identity: { current: {} }, aws_partition: { current: {} } });
    expect(of('aws_kms_key')[0]?.policy).toContain(
      'arn:$' +
        '{data.aws_partition.current.partition}:iam::$' +
        '{data.aws_caller_identity.current.account_id}:root',
    );
  });

  it('puts out alias and key id of each vault', async () => {
    const { output } = synthConfig(await config());
    expect(Object.fromEntries(Object.entries(output).map(([name, { value }]) => [name, value]))).toEqual({
      vault__acme__prod__alias: 'alias/waxseal/acme/prod',
      vault__acme__prod__key: '$' + '{aws_kms_key.vault__acme__prod__eu-central-1.key_id}',
      vault__acme__dev__key: 'alias/own',
    });
  });

  it('keeps its state in a relative path', async () => {
    const of = (stack: Synthesized): unknown => stack.terraform.backend;
    expect(of(synthConfig(await config()))).toEqual({
      local: { path: '../../../terraform.waxseal.tfstate' },
    });
    expect(of(synthConfig(await config(), { statePath: 'here.tfstate' }))).toEqual({
      local: { path: 'here.tfstate' },
    });
  });
});

describe('WaxsealStack on a server that stands in for AWS', () => {
  const endpoint = 'http://127.0.0.1:4599';

  it('sends every service there, with dummy credentials', async () => {
    expect(provider(synthConfig(await config(), { endpoint }))).toEqual({
      region: 'eu-central-1',
      access_key: 'waxseal',
      secret_key: 'waxseal',
      endpoints: [{ kms: endpoint, ssm: endpoint, sts: endpoint, iam: endpoint }],
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
