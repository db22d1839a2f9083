/** `waxseal file` for somebody whom KMS refuses, or allows some contexts alone. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { fileTests } from './support/files.ts';

const { box, folder, ok, refused, run } = fileTests();

test.runIf(deep)(
  'without the right nothing is opened, sealed or put anywhere; a right may hold for one context',
  async () => {
    const cwd = folder();
    const local = box().startWaxseal(['local']);
    let endpoint = '';
    await local.until('it serves', (out) => {
      endpoint = /http:\/\/[\d.:]+/.exec(out)?.[0] ?? '';
      return endpoint !== '';
    });
    for (const customer of ['42', '43']) {
      writeFileSync(join(cwd, customer), `of ${customer}`);
      await ok(cwd, ['encrypt', customer, '--context', `customer=${customer}`]);
    }
    const document = (await ok(cwd, ['encrypt', '--json-envelope'], 'small')).out;
    const before = readdirSync(cwd).sort();
    const open = (customer: string): readonly string[] => [
      ...['decrypt', `${customer}.waxseal`, '--context', `customer=${customer}`, '-o', 'out'],
    ];

    await allow([]);
    expect((await refused(cwd, open('42'), 4, 'denied')).err).toContain('kms:Decrypt');
    expect((await refused(cwd, ['encrypt', '42', '-o', 'out'], 4, 'denied')).err).toContain(
      'kms:GenerateDataKey',
    );
    await refused(cwd, ['decrypt', '42.waxseal', '--context', 'customer=42', '--in-place'], 4, 'denied');
    await refused(cwd, ['rewrap', '42.waxseal', '--context', 'customer=42', '--fresh'], 4, 'denied');
    expect((await refused(cwd, ['decrypt'], 4, 'denied', document)).stdout).toHaveLength(0);
    expect(readdirSync(cwd).sort()).toEqual(before);
    expect((await run(cwd, ['inspect', '42.waxseal'])).status).toBe(0);

    const own = { StringEquals: { 'kms:EncryptionContext:customer': '42' } };
    await allow([{ Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*', Condition: own }]);
    await refused(cwd, open('43'), 4, 'denied');
    expect(existsSync(join(cwd, 'out'))).toBe(false);
    await ok(cwd, open('42'));

    async function allow(statements: readonly object[]): Promise<void> {
      const Statement = [{ Effect: 'Allow', Action: 'ssm:*', Resource: '*' }, ...statements];
      const arn = 'arn:aws:sts::000000000000:assumed-role/reader/session';
      const list = [{ accessKeyId: 'waxseal', arn, policies: [{ Version: '2012-10-17', Statement }] }];
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${endpoint}/_waxseal/identities`, {
        method: 'PUT',
        headers,
        body: JSON.stringify(list),
      });
      expect(answer.status).toBe(200);
    }
  },
);
