/** Whose calls they are, and that credentials are asked for again before they end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { keep } from '../../../src/aws/lean/credentials.ts';
import { temporaryFolder } from '../../package/support.ts';
import { rejection } from '../../support/world.ts';
import { type Heard, HOME, lean, parameters, serve } from './support.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const HOUR = 3_600_000;
const inMs = (ms: number): Date => new Date(Date.now() + ms);

/** The access keys that requests were signed with. */
function signers(heard: readonly Heard[]): readonly (string | undefined)[] {
  return heard.map(({ headers }) => /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1]);
}

/** What the container endpoints of ECS and EKS answer. */
function given(AccessKeyId: string, expires: Date): { readonly body: string } {
  const Expiration = expires.toISOString();
  return { body: JSON.stringify({ AccessKeyId, SecretAccessKey: 'secret', Token: 'token', Expiration }) };
}

describe('credentials of a container', () => {
  it('come from its endpoint, with its token, and are kept', async () => {
    const aws = await serve(() => parameters({}));
    const pod = await serve(() => given('ASIAPOD', inMs(HOUR)));
    const token = join(temporaryFolder(), 'token');
    writeFileSync(token, 'the pod itself');
    const env = {
      AWS_ENDPOINT_URL: aws.url,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${pod.url}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: token,
    };
    const { store } = lean({ env });
    await Promise.all([store.read(['/a']), store.read(['/b'])]);
    await store.read(['/c']);
    expect(signers(aws.heard)).toEqual(['ASIAPOD', 'ASIAPOD', 'ASIAPOD']);
    expect(pod.heard.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/v1/credentials', 'the pod itself'],
    ]);
  });

  it('are asked for again before they end', async () => {
    const aws = await serve(() => parameters({}));
    const pod = await serve((_, n) => given(`ASIA${n}`, inMs(n === 1 ? 60_000 : HOUR)));
    const env = { AWS_ENDPOINT_URL: aws.url, AWS_CONTAINER_CREDENTIALS_FULL_URI: pod.url };
    const { store } = lean({ env });
    for (let n = 0; n < 3; n += 1) await store.read(['/a']);
    expect(signers(aws.heard)).toEqual(['ASIA1', 'ASIA2', 'ASIA2']);
  });

  it('that cannot be had are said to be missing', async () => {
    const pod = await serve(() => ({ status: 403, body: '{"Code":"AccessDenied","Message":"no"}' }));
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: pod.url };
    await rejection(lean({ env }).store.read(['/a']), 'credentials');
  });

  it('that take too long do not hold up a call that is called off', async () => {
    const pod = await serve(() => ({ status: 500, body: '{}' }));
    const stop = new AbortController();
    const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: pod.url };
    const reading = rejection(lean({ env }).store.read(['/a'], stop.signal), 'timeout');
    await expect.poll(() => pod.heard.length).toBeGreaterThan(0);
    stop.abort();
    await reading;
  });
});

describe('credentials of a role', () => {
  it('by web identity come from STS in the region of the call', async () => {
    const sts = await serve(() => ({
      headers: { 'content-type': 'text/xml' },
      body: `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
        <AccessKeyId>ASIAWEB</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
        <Expiration>${inMs(HOUR).toISOString()}</Expiration>
        </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
    }));
    const aws = await serve(() => parameters({}));
    // The provider has an STS client of its own, which reads the process's variables.
    vi.stubEnv('AWS_ENDPOINT_URL_STS', sts.url);
    const token = join(temporaryFolder(), 'token');
    writeFileSync(token, 'signed-by-the-cluster');
    const env = {
      AWS_ENDPOINT_URL: aws.url,
      AWS_WEB_IDENTITY_TOKEN_FILE: token,
      AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/app',
    };
    await lean({ env }).store.read(['/a']);
    expect(signers(aws.heard)).toEqual(['ASIAWEB']);
    const asked = new URLSearchParams(sts.heard[0]?.body);
    expect([asked.get('RoleArn'), asked.get('WebIdentityToken')]).toEqual([
      env.AWS_ROLE_ARN,
      'signed-by-the-cluster',
    ]);
  });

  it('of the instance come from its metadata', async () => {
    const imds = await serve(({ method, path }) => {
      if (method === 'PUT') return { body: 'session' };
      return path.endsWith('/app') ? given('ASIAEC2', inMs(HOUR)) : { body: 'app' };
    });
    const aws = await serve(() => parameters({}));
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', imds.url);
    await lean({ env: { AWS_ENDPOINT_URL: aws.url } }).store.read(['/a']);
    expect(signers(aws.heard)).toEqual(['ASIAEC2']);
  });

  it('of a machine that is no instance are said to be missing', async () => {
    vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', 'http://127.0.0.1:1');
    const error = await rejection(lean({ env: {} }).store.read(['/a']), 'credentials');
    expect(error.message).toContain('no AWS credentials were found');
  });

  it('that nobody gives are said to be missing', async () => {
    const env = { AWS_EC2_METADATA_DISABLED: 'true' };
    const error = await rejection(lean({ env }).store.read(['/a']), 'credentials');
    expect([error.region, error.message]).toEqual([
      HOME,
      expect.stringContaining('no AWS credentials were found'),
    ]);
  });
});

describe('credentials that end', () => {
  const one = { accessKeyId: 'A', secretAccessKey: 's' };

  it('are used to their end when no new ones can be had, and no longer', async () => {
    let asked = 0;
    const provide = keep(async () => {
      asked += 1;
      if (asked > 1) throw new Error('nobody answers');
      return { ...one, expiration: inMs(400) };
    });
    expect(await provide()).toMatchObject(one);
    expect(await provide()).toMatchObject(one);
    expect(asked).toBe(2);
    await expect.poll(() => provide().catch((error: Error) => error.message)).toBe('nobody answers');
  });
});
