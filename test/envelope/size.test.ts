/** What fits into a standard parameter. */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type Entry,
  encodeEntry,
  openEntry,
  parseEntry,
  sealEntry,
  sealLarge,
} from '../../src/envelope/index.ts';
import { isWaxsealError } from '../../src/errors.ts';
import { createVault } from '../../src/vault/index.ts';
import { MemoryAws } from '../support/memory-aws.ts';
import { fixedBytes } from './craft.ts';
import { prose } from './format.ts';

const LIMIT = 4096;
const VAULT = '/acme/prod';
/** A secret's name of sixty characters; the full name has eleven more. */
const LONG = 'PAYMENTS_PROVIDER_WEBHOOK_SIGNING_PRIVATE_KEY_FOR_EUROPE_001';
const dataKey = {
  id: { generation: 1, createdAt: 1_763_788_000, random: '9f86d081884c7d65' },
  key: randomBytes(32),
};
const wrapping = {
  wrappedKey: randomBytes(184),
  kmsKeyId: `mrk-${'0'.repeat(32)}`,
  slot: { region: 'us-east-1', version: 1 },
};

function seal(name: string, value: Uint8Array, parent?: Entry): Entry {
  return sealEntry({
    name: `${VAULT}/${name}`,
    revision: parent === undefined ? 1 : 2,
    parent,
    dataKey,
    wrapping,
    sealedAt: 1_763_788_100,
    value,
    salt: randomBytes(32),
  });
}

const rsa = (modulusLength: number, type: 'pkcs1' | 'pkcs8'): string =>
  generateKeyPairSync('rsa', {
    modulusLength,
    privateKeyEncoding: { format: 'pem', type },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  }).privateKey;

function serviceAccount(): string {
  const email = 'deployer@acme-prod-123456.iam.gserviceaccount.com';
  const account = {
    type: 'service_account',
    project_id: 'acme-prod-123456',
    private_key_id: createHash('sha1').update('made up').digest('hex'),
    private_key: rsa(2048, 'pkcs8'),
    client_email: email,
    client_id: '104857600000000000001',
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    auth_provider_x509_cert_url: 'https://www.googleapis.com/oauth2/v1/certs',
    client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(email)}`,
    universe_domain: 'googleapis.com',
  };
  return `${JSON.stringify(account, null, 2)}\n`;
}

describe('fits into 4,096 characters under a name of sixty, in any revision', () => {
  it.each<[string, () => string | Uint8Array]>([
    ['an RSA-2048 key, PKCS#8', () => rsa(2048, 'pkcs8')],
    ['an RSA-2048 key, PKCS#1', () => rsa(2048, 'pkcs1')],
    ['an RSA-4096 key, PKCS#8', () => rsa(4096, 'pkcs8')],
    ['an RSA-4096 key, PKCS#1', () => rsa(4096, 'pkcs1')],
    ['a GCP service account', serviceAccount],
    ['2,500 random bytes', () => randomBytes(2500)],
  ])('%s', { timeout: 60_000 }, (what, make) => {
    expect(LONG.length).toBe(60);
    const value = Buffer.from(make());
    const first = seal(LONG, value);
    const second = seal(LONG, value, first);
    const text = encodeEntry(second);
    console.info(`${what}: ${value.length} bytes, ${text.length} characters`);
    expect(text.length).toBeLessThanOrEqual(LIMIT);
    expect(Buffer.from(openEntry(parseEntry(text), `${VAULT}/${LONG}`, dataKey)).equals(value)).toBe(true);
  });
});

describe('the arithmetic of FORMAT.md', () => {
  const plaintextLimit = (name: string, prev: number, limit: number = LIMIT): number =>
    3 * Math.floor((limit - 552 - name.length - prev) / 4) - 16;

  // Bytes that deflate can do nothing with.
  it.each(['A', 'DATABASE_URL', LONG, 'x'.repeat(300)])('%s: so many bytes fit, and not one more', (name) => {
    const parent = seal(name, randomBytes(1));
    for (const [prev, before] of [
      [0, undefined],
      [44, parent],
    ] as const) {
      const fits = plaintextLimit(`${VAULT}/${name}`, prev);
      // "b" costs a character where the value is binary; ASCII that does not deflate would be shorter still.
      const size = (bytes: number): number =>
        encodeEntry(seal(name, fixedBytes(name, bytes), before)).length - 1;
      expect(size(fits)).toBeLessThanOrEqual(LIMIT);
      expect(size(fits + 1)).toBeGreaterThan(LIMIT);
    }
  });

  it('has the figures that it names', () => {
    const name = `${VAULT}/DATABASE_URL`;
    const text = prose('Sizes').replaceAll(',', '');
    expect(text).toContain(`${plaintextLimit(name, 0)} bytes fit into revision 1`);
    expect(text).toContain(`${plaintextLimit(name, 44)} into revision 2`);
    const advanced = [plaintextLimit(name, 0, 8192), plaintextLimit(name, 44, 8192)];
    expect(text).toContain(`${advanced[0]} bytes in revision 1 and ${advanced[1]} in revision 2`);
  });

  it.each([0, 3056, 3057, 30_000, 65_536])('of a large secret of %i bytes', (size) => {
    const value = fixedBytes('large', size);
    const input = {
      ...{ name: `${VAULT}/CERT`, revision: 1, dataKey, wrapping, sealedAt: 1_763_788_100, value },
      salt: randomBytes(32),
    };
    const { entry, parts } = sealLarge(input, randomBytes(32));
    const manifest = openEntry(entry, `${VAULT}/CERT`, dataKey);
    expect(parts).toHaveLength(Math.ceil((size + 16) / 3072));
    expect(manifest).toHaveLength(125 + 25 * parts.length);
    expect(parts.every((text) => text.length <= LIMIT)).toBe(true);
  });

  it('of the largest secret, as the page has it', () => {
    const text = prose('Sizes').replaceAll(',', '');
    const parts = Math.ceil((65_536 + 16) / 3072);
    const manifest = 125 + 25 * parts;
    expect(text).toContain(`65536 bytes are ${parts} parts and the manifest's ${manifest} bytes`);
    expect(text).toContain(`make ${4 * Math.ceil((manifest + 16) / 3)} characters`);
    expect(text).toContain(`${parts + 1} parameters in each region`);
  });
});

describe('what is too large is refused by the vault, before any call', () => {
  const open = (tier: 'standard' | 'advanced') => {
    const aws = new MemoryAws();
    const key = aws.createKey();
    return { aws, vault: createVault({ path: VAULT, regions: [aws.region('us-east-1', key)], tier }) };
  };

  it.each(['standard', 'advanced'] as const)('%s: 65,537 bytes', async (tier) => {
    const { aws, vault } = open(tier);
    const error: unknown = await vault.set('BLOB', randomBytes(65_537)).catch((caught: unknown) => caught);
    expect(isWaxsealError(error, 'value_too_large')).toBe(true);
    expect(aws.calls).toEqual([]);
    vault.close();
  });

  it('an advanced parameter takes twice as much', async () => {
    const { vault } = open('advanced');
    const value = randomBytes(5_500);
    await vault.set('BLOB', value);
    expect(Buffer.from((await vault.get('BLOB')).value).equals(value)).toBe(true);
    vault.close();
  });
});
