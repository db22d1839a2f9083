/** A secret out of an answer's bytes: what a JSON parser and a base64 decoder would say, without their strings. */
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { takeSecretField } from '../../../src/aws/lean/secret-field.ts';
import { randomNumbers, rounds, seed, tried } from '../../support/seed.ts';

const FIELD = 'Plaintext';

it('is what a parser finds, in any order and spacing, and is gone from the bytes', () => {
  const random = randomNumbers(seed);
  const count = rounds(300, 20_000);
  for (let round = 0; round < count; round += 1) {
    const secret = randomBytes(Math.floor(random() * 40));
    const fields: [string, string][] = [
      [FIELD, secret.toString('base64')],
      ['KeyId', `arn:"${FIELD}":"no", \\" ${FIELD}`],
      [`x${FIELD}`, 'bm8='],
      [`${FIELD}x`, '"'],
    ];
    fields.sort(() => random() - 0.5);
    const text = JSON.stringify(Object.fromEntries(fields), undefined, random() < 0.5 ? 1 : 0);
    const body = Buffer.from(random() < 0.3 ? text.replaceAll('/', '\\/') : text);
    expect(takeSecretField(body, FIELD)).toEqual(Uint8Array.from(secret));
    expect(JSON.parse(body.toString())).toEqual({ ...Object.fromEntries(fields), [FIELD]: '' });
    if (secret.byteLength > 4) expect(body.toString()).not.toContain(secret.toString('base64'));
  }
  tried('answers with a secret field', count);
});

it('is not there where the field is missing, no string, cut off, or no base64', () => {
  for (const text of [
    '{}',
    '{"KeyId":"a"}',
    '{"Plaintext":null}',
    '{"Plaintext":7}',
    '{"Plaintext"',
    '{"Plaintext":',
    '{"Plaintext":"abc',
    '{"Plaintext":"a b="}',
    '{"Plaintext":"a\u{e9}b="}',
    '{"Message":"\\"Plaintext\\":\\"YWJj\\""}',
  ]) {
    expect(takeSecretField(Buffer.from(text), FIELD), text).toBeUndefined();
  }
});
