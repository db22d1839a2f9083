import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { synthConfig } from '../infra/synth.ts';

const LIMIT = 32_768;
const OWNER = { home: 'us-east-1', replicas: ['eu-west-1'] };

/** A vault whose key so many others use, with paths as long as an alias can hold. */
function sharedBy(count: number): object {
  const sharers = Array.from({ length: count }, (_, i) => [
    `/${String(i).padStart(4, '0')}${'x'.repeat(230)}`,
    { home: 'us-east-1', sharesKeyWith: '/acme/owner' },
  ]);
  return { vaults: { '/acme/owner': OWNER, ...(Object.fromEntries(sharers) as object) } };
}

function administeredBy(count: number): object {
  const administrators = Array.from(
    { length: count },
    (_, i) => `arn:aws:iam::123456789012:role/${String(i).padStart(4, '0')}${'x'.repeat(60)}`,
  );
  return { vaults: { '/acme/owner': OWNER }, administrators };
}

const parse = (file: object) => parseConfig(JSON.stringify(file, null, 1), 'w');

/** The most of them that are taken: one more is refused. */
async function most(make: (count: number) => object): Promise<number> {
  let [taken, refused] = [0, 1000];
  while (refused - taken > 1) {
    const middle = Math.floor((taken + refused) / 2);
    const ok = await parse(make(middle)).then(
      () => true,
      () => false,
    );
    if (ok) taken = middle;
    else refused = middle;
  }
  return taken;
}

describe('a key policy that KMS would not take', () => {
  it.each<[string, (count: number) => object, RegExp]>([
    [
      'vaults',
      sharedBy,
      /^w:\d+: its key policy would have (\d+) bytes, KMS takes 32768: (\d+) vaults share the key/,
    ],
    [
      'administrators',
      administeredBy,
      /^w:\d+: its key policy would have (\d+) bytes.*, (\d+) administrators are named$/,
    ],
  ])('is refused before AWS sees it: too many %s', async (_, make, says) => {
    const count = await most(make);
    expect(count).toBeGreaterThan(10);
    const error: unknown = await parse(make(count + 1)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(says) });
    const [, bytes, named] = says.exec((error as Error).message) ?? [];
    expect(Number(bytes)).toBeGreaterThan(LIMIT);
    expect(Number(named)).toBe(make === sharedBy ? count + 2 : count + 1);
  });

  it('is not one when it just fits: no byte is given away', async () => {
    const count = await most(administeredBy);
    const config = await parse({ ...administeredBy(count), account: '123456789012' });
    const [key] = synthConfig(config).of('aws_kms_key');
    const text = String(key?.policy).replaceAll('$' + '{data.aws_partition.current.partition}', 'aws-us-gov');
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LIMIT);
    // One ARN of 97 bytes, quoted and with its comma, would be too much.
    expect(Buffer.byteLength(text)).toBeGreaterThan(LIMIT - 100);
  });

  it('fits again when administrators are named by a pattern', async () => {
    const file = administeredBy(1000);
    await expect(parse(file)).rejects.toThrow(/key policy would have/);
    await expect(
      parse({ ...file, administrators: ['arn:aws:iam::123456789012:role/0*'] }),
    ).resolves.toBeDefined();
  });
});
