/** What goes over the wire, and what comes back that no AWS would send. */
import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ObservedCall } from '../../../src/aws/index.ts';
import { createClients } from '../../../src/aws/sdk/clients.ts';
import { sdkKeyWrapper } from '../../../src/aws/sdk/key-wrapper.ts';
import { sdkParameterStore } from '../../../src/aws/sdk/parameter-store.ts';
import { rejection } from '../../support/world.ts';
import {
  CONTEXT,
  type Heard,
  HOME,
  lean,
  parameters,
  type Reply,
  refusal,
  serve,
  standIn,
  world,
} from './support.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: SECRET,
  AWS_SESSION_TOKEN: 'to/ken==',
};

/** The signature that a request should carry, from the specification alone: "Create a signed AWS API request". */
function expectedSignature({ method, path, headers, body }: Heard): string {
  const { authorization = '' } = headers;
  const [, scope = '', signed = ''] =
    /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+),/.exec(authorization) ?? [];
  const hash = (data: string): string => createHash('sha256').update(data).digest('hex');
  const lines = signed.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = `${method}\n${path}\n\n${lines.join('')}\n${signed}\n${hash(body)}`;
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash(canonical)].join('\n');
  const hmac = (key: string | Buffer, data: string): Buffer =>
    createHmac('sha256', key).update(data).digest();
  return hmac(scope.split('/').reduce<string | Buffer>(hmac, `AWS4${SECRET}`), toSign).toString('hex');
}

describe('a request', () => {
  it('is signed as AWS specifies it, all that says what is meant included', async () => {
    const { url, heard } = await serve(() => parameters({ '/a/ü': 'b' }));
    const { store } = lean({ env: { ...KEYS, AWS_ENDPOINT_URL: url } });
    expect((await store.read(['/a/ü'])).get('/a/ü')?.value).toBe('b');
    const [request] = heard;
    if (request === undefined) throw new Error('nothing was heard');
    const { authorization = '', ...headers } = request.headers;
    expect(authorization).toMatch(/Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/ssm\/aws4_request,/);
    expect(authorization).toMatch(
      /SignedHeaders=[^,]*host;[^,]*x-amz-date;x-amz-security-token;x-amz-target,/,
    );
    expect(authorization).toMatch(/Signature=[0-9a-f]{64}$/);
    expect(authorization.slice(-64)).toBe(expectedSignature(request));
    expect(headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.GetParameters',
      'x-amz-security-token': 'to/ken==',
    });
    expect(JSON.parse(request.body)).toEqual({ Names: ['/a/ü'] });
  });

  it('to a server that stands in for AWS never carries real credentials', async () => {
    const { url, heard } = await serve(() => parameters({}));
    await lean({ env: KEYS, ...standIn(url) }).store.read(['/a']);
    expect(heard[0]?.headers.authorization).toContain('Credential=waxseal/');
    expect(JSON.stringify(heard[0]?.headers)).not.toMatch(/AKIDEXAMPLE|to\/ken/);
  });

  it('goes to the endpoint of its own service first', async () => {
    const [ssm, all] = [await serve(() => parameters({})), await serve(() => refusal('NotFoundException'))];
    const env = { ...KEYS, AWS_ENDPOINT_URL_SSM: ssm.url, AWS_ENDPOINT_URL: all.url };
    const { store, keys } = lean({ env });
    await store.read(['/a']);
    await rejection(keys.unwrap(new Uint8Array(8), CONTEXT), 'key_not_found');
    expect([ssm, all].map(({ heard }) => heard.map(({ headers }) => headers['x-amz-target']))).toEqual([
      ['AmazonSSM.GetParameters'],
      ['TrentService.Decrypt'],
    ]);
  });

  it('names the key in its own region, and takes no other key for an answer', async () => {
    const mrk = 'mrk-1234567890abcdef1234567890abcdef';
    const answer = (KeyId: string) => () => ({ body: JSON.stringify({ KeyId, Plaintext: 'AAAA' }) });
    const arn = `arn:aws:kms:eu-west-1:111122223333:key/${mrk}`;
    const good = await serve(answer(`arn:aws:kms:us-east-1:111122223333:key/${mrk}`));
    const opened = await lean(standIn(good.url), arn).keys.unwrap(new Uint8Array(8), CONTEXT);
    expect([opened.kmsKeyId, ...opened.plaintext]).toEqual([mrk, 0, 0, 0]);
    expect(JSON.parse(good.heard[0]?.body ?? '')).toEqual({
      KeyId: `arn:aws:kms:us-east-1:111122223333:key/${mrk}`,
      CiphertextBlob: 'AAAAAAAAAAA=',
      EncryptionContext: CONTEXT,
    });
    const bad = await serve(answer('arn:aws:kms:us-east-1:111122223333:key/another'));
    await rejection(lean(standIn(bad.url), arn).keys.unwrap(new Uint8Array(8), CONTEXT), 'foreign_key');
  });
});

describe('sockets', () => {
  it('are kept: many calls go over one', async () => {
    const { url, heard } = await serve(() => parameters({ '/a': 'b' }));
    const { store } = lean(standIn(url));
    for (let n = 0; n < 50; n += 1) await store.read(['/a']);
    expect(heard).toHaveLength(50);
    expect(new Set(heard.map(({ socket }) => socket)).size).toBe(1);
  });

  it('that the server closed in between cost nothing but another one', async () => {
    const { url, heard } = await serve(() => parameters({ '/a': 'b' }));
    const { store } = lean(standIn(url));
    await store.read(['/a']);
    heard[0]?.socket.destroy();
    expect((await store.read(['/a'])).size).toBe(1);
  });
});

describe('a refusal', () => {
  it.each([
    ['Throttling'],
    ['TooManyRequestsException'],
    ['RequestLimitExceeded'],
    ['ProvisionedThroughputExceededException'],
    ['SlowDown'],
  ])('as %s is tried again', async (code) => {
    const { url, heard } = await serve((_, n) => (n === 1 ? refusal(code) : parameters({ '/a': 'b' })));
    expect((await lean(standIn(url)).store.read(['/a'])).size).toBe(1);
    expect(heard).toHaveLength(2);
  });

  it.each<[string, () => string]>([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 2_000).toUTCString()],
  ])('with Retry-After in %s is tried again no earlier', async (_, header) => {
    const { url } = await serve((__, n) =>
      n === 1 ? { status: 503, headers: { 'retry-after': header() }, body: '' } : parameters({ '/a': 'b' }),
    );
    const began = performance.now();
    await lean(standIn(url)).store.read(['/a']);
    expect(performance.now() - began).toBeGreaterThan(900);
  });

  it.each<[string, Reply]>([
    ['the body', { status: 400, body: '{"__type":"com.amazonaws.ssm#AccessDeniedException"}' }],
    [
      'a header',
      { status: 400, headers: { 'x-amzn-errortype': 'AccessDeniedException:http://x/' }, body: '{}' },
    ],
    ['a code', { status: 400, body: '{"code":"AccessDeniedException"}' }],
  ])('is understood by %s', async (_, reply) => {
    const { url } = await serve(() => reply);
    await rejection(lean(standIn(url)).store.read(['/a']), 'denied');
  });

  const behind = { status: 403, headers: { date: new Date(Date.now() + 3_600_000).toUTCString() } };

  it.each(['InvalidSignatureException', 'RequestTimeTooSkewed'])(
    'as %s by a clock that is an hour ahead is signed anew, and kept in mind',
    async (code) => {
      const early = ({ headers }: Heard): boolean => {
        const [, at = ''] = /^(\d{8}T\d{6})Z$/.exec(String(headers['x-amz-date'])) ?? [];
        const [date = '', time = ''] = at.split('T');
        const iso = `${date.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`;
        return Date.parse(iso) < Date.now() + 3_000_000;
      };
      const { url, heard } = await serve((one) =>
        early(one) ? refusal(code, behind) : parameters({ '/a': 'b' }),
      );
      const { store } = lean(standIn(url));
      expect((await store.read(['/a'])).size).toBe(1);
      expect(heard).toHaveLength(2);
      await store.read(['/a']);
      expect(heard).toHaveLength(3);
    },
  );

  it('that stays after the clock was set right is final', async () => {
    const { url, heard } = await serve(() => refusal('InvalidSignatureException', behind));
    await rejection(lean(standIn(url)).store.read(['/a']), 'credentials');
    expect(heard).toHaveLength(2);
  });
});

describe('an answer that makes no sense', () => {
  it.each<[string, string]>([
    ['is no JSON', 'SECRET-IN-BODY'],
    ['is no object', '["SECRET-IN-BODY"]'],
    ['holds no list', '{"Parameters":"SECRET-IN-BODY"}'],
    ['holds null', '{"Parameters":[null]}'],
    ['has a parameter without a version', '{"Parameters":[{"Name":"/a","Value":"SECRET-IN-BODY"}]}'],
  ])('because it %s is unexpected, and never quoted', async (_, body) => {
    const { url } = await serve(() => ({ body }));
    const error = await rejection(lean(standIn(url)).store.read(['/a']), 'unexpected');
    const told = [error, error.cause].map(
      (one) => `${(one as Error | undefined)?.stack}${JSON.stringify(one)}`,
    );
    expect(told.join()).not.toContain('SECRET-IN-BODY');
  });

  it('because it is too long is not read to its end', async () => {
    const { url, heard } = await serve(() => ({ body: 'x'.repeat(3 * 1024 * 1024) }));
    const error = await rejection(lean(standIn(url)).store.read(['/a']), 'unexpected');
    expect(error.message).toContain('AnswerTooLarge');
    expect(heard).toHaveLength(1);
  });

  it('because it is a redirection, or a page of a proxy fails', async () => {
    const moved = await serve(() => ({
      status: 302,
      headers: { location: 'http://127.0.0.1:1/' },
      body: '',
    }));
    await rejection(lean(standIn(moved.url)).store.read(['/a']), 'unexpected');
    const page = await serve(() => ({ status: 407, body: '<html>SECRET-IN-BODY</html>' }));
    const error = await rejection(lean(standIn(page.url)).store.read(['/a']), 'rejected');
    expect(error.message).toContain('HTTP 407');
    expect(error.message).not.toContain('SECRET-IN-BODY');
  });

  it('because a page of a listing has a token that is none fails', async () => {
    const { url } = await serve(() => ({ body: '{"Parameters":[],"NextToken":7}' }));
    const listing = lean(standIn(url)).store.list('/a')[Symbol.asyncIterator]();
    await rejection(listing.next(), 'unexpected');
  });
});

describe('whoever observes', () => {
  it('is told the same of both clients, and no name or value', async () => {
    const told: Record<'lean' | 'sdk', ObservedCall[]> = { lean: [], sdk: [] };
    const { emulator, store, keys, keyId, wrapped } = await world({
      observe: (call) => told.lean.push(call),
    });
    const local = { url: () => emulator.endpoint };
    const clients = createClients(HOME, local, (call) => told.sdk.push(call));
    const sdk = {
      store: sdkParameterStore(HOME, clients.ssm),
      keys: sdkKeyWrapper(HOME, keyId, clients.kms),
    };
    for (const one of [{ store, keys }, sdk]) {
      emulator.setFault({ region: HOME, kind: 'throttle', operation: 'GetParameters', times: 1 });
      await one.store.read(['/acme/dev/A']);
      await one.keys.unwrap(wrapped, CONTEXT);
      await rejection(one.keys.unwrap(wrapped, {}), 'decrypt_failed');
      emulator.setFault({ region: HOME, kind: 'down', operation: 'Decrypt', times: 3 });
      await rejection(one.keys.unwrap(wrapped, CONTEXT), 'unreachable');
    }
    clients.destroy();
    const without = (calls: readonly ObservedCall[]) => calls.map(({ ms: _, ...rest }) => rest);
    expect(without(told.lean)).toEqual([
      { operation: 'ssm:GetParameters', region: HOME, attempts: 2, bytes: expect.any(Number), status: 200 },
      { operation: 'kms:Decrypt', region: HOME, attempts: 1, bytes: expect.any(Number), status: 200 },
      { operation: 'kms:Decrypt', region: HOME, attempts: 1, bytes: expect.any(Number), status: 400 },
      { operation: 'kms:Decrypt', region: HOME, attempts: 3, bytes: 0, status: 0 },
    ]);
    expect(without(told.sdk)).toEqual(without(told.lean));
    for (const { ms } of told.lean) expect(ms).toBeGreaterThan(0);
    expect(told.lean[0]?.bytes).toBeGreaterThan(100);
  });
});
