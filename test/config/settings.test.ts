import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveSettings } from '../../src/config/index.ts';
import { folderWith } from './folder.ts';

const KEY = 'mrk-0123456789abcdef0123456789abcdef';
const ONE = JSON.stringify({
  vaults: {
    '/acme/dev': { home: 'us-east-1', replicas: ['eu-west-1'], keyId: KEY, tier: 'advanced' },
  },
});
const TWO = JSON.stringify({
  vaults: {
    '/acme/dev': { home: 'us-east-1' },
    '/acme/prod': { home: 'eu-west-1' },
    '/acme/qa': { home: 'us-west-2' },
  },
});

describe('which vault', () => {
  it('is the one named, over WAXSEAL_VAULT, over the default of waxseal.json', async () => {
    const file = JSON.stringify({ ...(JSON.parse(TWO) as object), defaultVault: '/acme/dev' });
    const cwd = folderWith({ 'waxseal.json': file });
    const env = { WAXSEAL_VAULT: '/acme/prod' };
    expect(await resolveSettings({ vault: '/acme/qa', env, cwd })).toMatchObject({
      vault: '/acme/qa',
      regions: ['us-west-2'],
    });
    expect(await resolveSettings({ env, cwd })).toMatchObject({
      vault: '/acme/prod',
      regions: ['eu-west-1'],
    });
    expect(await resolveSettings({ env: {}, cwd })).toMatchObject({
      vault: '/acme/dev',
      regions: ['us-east-1'],
    });
  });

  it('is the only one there is; a variable set to nothing is not set', async () => {
    const cwd = folderWith({ 'waxseal.json': ONE });
    const env = { WAXSEAL_VAULT: '', WAXSEAL_REGIONS: '', WAXSEAL_KMS_KEY: '', WAXSEAL_ENDPOINT: '' };
    expect(await resolveSettings({ env, cwd })).toEqual({
      vault: '/acme/dev',
      regions: ['us-east-1', 'eu-west-1'],
      aws: { kind: 'account' },
      tier: 'advanced',
      publish: 'auto',
      dataKeyMaxAgeDays: 365,
      kmsKey: KEY,
      file: expect.objectContaining({ folder: cwd }),
    });
  });

  it.each([
    ['several and none named', TWO, undefined, 'vault_unknown', /has 3 vaults and none was named/],
    ['not in the file', TWO, '/acme/none', 'vault_unknown', /vault \/acme\/none is not in .*waxseal\.json/],
    ['not a path', TWO, 'acme', 'invalid_name', /vault path "acme" is not a path/],
    ['no file, none named', undefined, undefined, 'config_missing', /no vault was named/],
    [
      'no file, no regions',
      undefined,
      '/acme/dev',
      'config_missing',
      /regions of vault \/acme\/dev are not known/,
    ],
  ])('%s: refused with what to do', async (_, file, vault, code, message) => {
    const cwd = folderWith(file === undefined ? {} : { 'waxseal.json': file });
    await expect(resolveSettings({ vault, env: {}, cwd })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/\S/),
    });
  });
});

describe('WAXSEAL_REGIONS', () => {
  it('names home first, and does without waxseal.json', async () => {
    const env = {
      WAXSEAL_VAULT: '/acme/dev',
      WAXSEAL_REGIONS: 'eu-west-1, us-east-1',
      WAXSEAL_KMS_KEY: 'mrk-env',
    };
    expect(await resolveSettings({ env, cwd: folderWith({}) })).toEqual({
      vault: '/acme/dev',
      regions: ['eu-west-1', 'us-east-1'],
      aws: { kind: 'account' },
      tier: 'standard',
      publish: 'auto',
      dataKeyMaxAgeDays: 365,
      kmsKey: 'mrk-env',
    });
  });

  it('goes over waxseal.json, as WAXSEAL_KMS_KEY does', async () => {
    const cwd = folderWith({ 'waxseal.json': ONE });
    const env = { WAXSEAL_REGIONS: 'sa-east-1', WAXSEAL_KMS_KEY: 'mrk-env' };
    expect(await resolveSettings({ env, cwd })).toMatchObject({ regions: ['sa-east-1'], kmsKey: 'mrk-env' });
  });

  it('WAXSEAL_KMS_KEY names the key to seal under, then those that are accepted beside it', async () => {
    const other = KEY.replace('0', 'a');
    const config = { home: 'us-east-1', replicas: ['eu-west-1'], keyId: KEY, acceptedKeyIds: [other] };
    const cwd = folderWith({ 'waxseal.json': JSON.stringify({ vaults: { '/acme/dev': config } }) });
    expect(await resolveSettings({ env: {}, cwd })).toMatchObject({ kmsKey: KEY, acceptedKeys: [other] });
    const both = { WAXSEAL_KMS_KEY: `alias/waxseal/acme/dev, ${KEY},${other}` };
    expect(await resolveSettings({ env: both, cwd })).toMatchObject({
      kmsKey: 'alias/waxseal/acme/dev',
      acceptedKeys: [KEY, other],
    });
    // All or nothing: the variable leaves nothing of the file.
    const one = await resolveSettings({ env: { WAXSEAL_KMS_KEY: other }, cwd });
    expect([one.kmsKey, one.acceptedKeys]).toEqual([other, undefined]);
    for (const wrong of [`${KEY},`, `,${KEY}`, `${KEY},${KEY}`, `${KEY},alias/waxseal/acme/dev`]) {
      await expect(resolveSettings({ env: { WAXSEAL_KMS_KEY: wrong }, cwd })).rejects.toMatchObject({
        code: 'config_invalid',
        message: expect.stringMatching(/^WAXSEAL_KMS_KEY: /),
      });
    }
  });

  it.each(['mars', 'us-east-1,', ',us-east-1', 'us-east-1,eu-west-1,us-east-1', 'us-east-1;eu-west-1'])(
    'refuses %s',
    async (regions) => {
      const cwd = folderWith({ 'waxseal.json': ONE });
      await expect(resolveSettings({ env: { WAXSEAL_REGIONS: regions }, cwd })).rejects.toMatchObject({
        code: 'config_invalid',
        message: expect.stringMatching(/^WAXSEAL_REGIONS: ".*" repeats or is no region$/),
      });
    },
  );
});

describe('which AWS', () => {
  const EMBEDDED = '{ "aws": "embedded", "vaults": { "/acme/dev": { "home": "us-east-1" } } }';

  it('is WAXSEAL_ENDPOINT, over WAXSEAL_EMBEDDED, over waxseal.json', async () => {
    const cwd = folderWith({ 'waxseal.json': EMBEDDED });
    const of = async (env: Record<string, string>): Promise<unknown> =>
      (await resolveSettings({ env, cwd })).aws;
    expect(await of({ WAXSEAL_ENDPOINT: 'https://aws.example', WAXSEAL_EMBEDDED: '/state' })).toEqual({
      kind: 'endpoint',
      url: 'https://aws.example',
    });
    expect(await of({ WAXSEAL_EMBEDDED: '/state' })).toEqual({ kind: 'embedded', stateDir: '/state' });
    expect(await of({})).toEqual({ kind: 'embedded', stateDir: join(cwd, '.waxseal') });
  });

  it.each(['http://localhost:1', 'http://127.0.0.1:1', 'http://[::1]:1', 'https://example.com'])(
    'may be %s',
    async (url) => {
      const cwd = folderWith({ 'waxseal.json': ONE });
      const settings = await resolveSettings({ env: { WAXSEAL_ENDPOINT: `${url}/` }, cwd });
      expect(settings.aws).toEqual({ kind: 'endpoint', url });
    },
  );

  it.each([
    ['http://example.com', /is plain http to another machine/],
    ['http://127.0.0.1.example.com', /is plain http to another machine/],
    ['http://10.0.0.1:4599', /is plain http to another machine/],
    ['ftp://localhost', /is neither http nor https/],
    ['localhost:4599', /is neither http nor https/],
    ['4599', /is not a URL/],
    ['http://me:pw@localhost:1', /carries a user or a password/],
  ])('may not be %s', async (url, message) => {
    const cwd = folderWith({ 'waxseal.json': ONE });
    await expect(resolveSettings({ env: { WAXSEAL_ENDPOINT: url }, cwd })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(message),
    });
  });
});
