import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KMSClient } from '@aws-sdk/client-kms';
import { SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { endpointOf } from '../../../src/aws/lean/endpoint.ts';
import { chooseClient, readSharedFiles, type SharedFiles } from '../../../src/aws/lean/index.ts';
import { folder } from '../../emulator/support.ts';

type Variables = Readonly<Record<string, string>>;

const ACCOUNT = { aws: { kind: 'account' } } as const;
const KEYS: Variables = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
const WEB: Variables = { AWS_WEB_IDENTITY_TOKEN_FILE: '/token', AWS_ROLE_ARN: 'arn:aws:iam::1:role/r' };
const ECS: Variables = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/x' };

describe('the lean client is chosen', () => {
  it.each<[string, Variables]>([
    ['credentials from the environment', KEYS],
    ['credentials from the environment', { ...KEYS, ...WEB, ...ECS }],
    ['credentials from web identity', { ...WEB, ...ECS }],
    ['credentials from the container', ECS],
    ['credentials from the container', { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1' }],
    ['credentials from the instance', {}],
    ['credentials from the instance', { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: '' }],
    ['credentials from the instance', { AWS_PROFILE: '', AWS_EC2_METADATA_DISABLED: 'false' }],
    ['credentials from the environment', { ...KEYS, AWS_EC2_METADATA_DISABLED: 'true' }],
    [
      'credentials from the environment',
      { ...KEYS, AWS_USE_FIPS_ENDPOINT: 'false', AWS_RETRY_MODE: 'standard' },
    ],
    ['credentials from the environment', { ...KEYS, AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }],
  ])('for %s', (why, env) => {
    expect(chooseClient(env, ACCOUNT)).toEqual({ client: 'lean', why });
  });

  it('for a server that stands in for AWS, whatever else is set', () => {
    const env = { AWS_PROFILE: 'work', AWS_USE_FIPS_ENDPOINT: 'true' };
    const embedded = { aws: { kind: 'embedded', stateDir: '/x' } } as const;
    const endpoint = { aws: { kind: 'endpoint', url: 'http://127.0.0.1:1' } } as const;
    for (const settings of [embedded, endpoint]) {
      expect(chooseClient(env, settings, { config: 'sso_session = x' })).toMatchObject({ client: 'lean' });
    }
  });

  it.each<[string, Variables, SharedFiles]>([
    ['a region and an output format', {}, { config: '# mine\n[default]\nregion = eu-west-1\noutput=json\n' }],
    [
      'credentials that the environment overrides',
      KEYS,
      {
        config: '[profile a]\nrole_arn = x\nsource_profile=b',
        credentials: '[b]\r\naws_access_key_id = A\r\n',
      },
    ],
  ])('beside shared files with %s', (_, env, shared) => {
    expect(chooseClient(env, ACCOUNT, shared).client).toBe('lean');
  });
});

describe('the SDK is chosen', () => {
  it.each<[string, Variables]>([
    ['AWS_PROFILE is set', { ...KEYS, AWS_PROFILE: 'work' }],
    ['AWS_USE_FIPS_ENDPOINT is set', { ...KEYS, AWS_USE_FIPS_ENDPOINT: 'true' }],
    ['AWS_USE_DUALSTACK_ENDPOINT is set', { ...KEYS, AWS_USE_DUALSTACK_ENDPOINT: 'true' }],
    ['AWS_CA_BUNDLE is set', { ...KEYS, AWS_CA_BUNDLE: '/ca.pem' }],
    ['AWS_RETRY_MODE is adaptive', { ...KEYS, AWS_RETRY_MODE: 'adaptive' }],
    ['the endpoint of kms is not a plain origin', { ...KEYS, AWS_ENDPOINT_URL: 'http://127.0.0.1/aws' }],
    ['the endpoint of ssm is not a plain origin', { ...KEYS, AWS_ENDPOINT_URL_SSM: 'nonsense' }],
    ['the endpoint of ssm is not a plain origin', { ...KEYS, AWS_ENDPOINT_URL_SSM: 'http://a:b@host' }],
    ['no credentials that the lean client knows', { AWS_EC2_METADATA_DISABLED: 'true' }],
  ])('because %s', (why, env) => {
    expect(chooseClient(env, ACCOUNT)).toEqual({ client: 'sdk', why });
  });

  it.each<[string, Variables, SharedFiles]>([
    ['aws_access_key_id', WEB, { credentials: '[default]\naws_access_key_id = A\n' }],
    ['sso_start_url', {}, { config: '[default]\nregion=x\n  SSO_start_url = https://x\n' }],
    ['credential_process', ECS, { config: '[default]\ncredential_process = /bin/x\n' }],
    ['endpoint_url', KEYS, { config: '[default]\nendpoint_url = http://x\n' }],
    [
      'services',
      KEYS,
      { config: '[default]\nservices = s\n[services s]\nssm =\n  endpoint_url = http://x\n' },
    ],
    ['use_fips_endpoint', KEYS, { credentials: '[default]\nuse_fips_endpoint = true\n' }],
    ['a line that is no setting', KEYS, { config: 'what is this\n' }],
  ])('because the shared files hold %s', (setting, env, shared) => {
    expect(chooseClient(env, ACCOUNT, shared)).toEqual({
      client: 'sdk',
      why: `the shared AWS files hold ${setting}`,
    });
  });
});

describe('the shared files', () => {
  it('are found at home, or where variables say, and need not be there', async () => {
    const home = await folder();
    const write = (path: string, text: string): string => {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), text);
      return join(home, path);
    };
    expect(readSharedFiles({ HOME: home })).toEqual({});
    write('.aws/config', 'c');
    write('.aws/credentials', 'k');
    const other = write('other', 'o');
    expect(readSharedFiles({ HOME: home })).toEqual({ config: 'c', credentials: 'k' });
    expect(readSharedFiles({ HOME: home, AWS_CONFIG_FILE: other })).toEqual({
      config: 'o',
      credentials: 'k',
    });
    expect(readSharedFiles({ HOME: home, AWS_SHARED_CREDENTIALS_FILE: '~/other' }).credentials).toBe('o');
    expect(readSharedFiles({ HOME: home, AWS_CONFIG_FILE: home })).toEqual({ credentials: 'k' });
  });
});

describe('endpoints', () => {
  it.each([
    'us-east-1',
    'eu-west-1',
    'cn-north-1',
    'us-gov-west-1',
    'us-iso-east-1',
    'us-isob-east-1',
    'us-isof-south-1',
    'eu-isoe-west-1',
    'eusc-de-east-1',
  ])('in %s are those of the SDK', (region) => {
    const kms = new KMSClient({ region }).config.endpointProvider({ Region: region });
    const ssm = new SSMClient({ region }).config.endpointProvider({ Region: region });
    expect(endpointOf({}, 'kms', region).href).toBe(kms.url.href);
    expect(endpointOf({}, 'ssm', region).href).toBe(ssm.url.href);
  });
});
