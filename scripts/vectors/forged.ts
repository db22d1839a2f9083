/** Entries that somebody with a key made wrongly, and keys that were wrapped wrongly. */
import {
  contextOf,
  type Fields,
  fixedBytes,
  flipBit,
  type seal,
  toyWrap,
} from '../../test/envelope/craft.ts';
import {
  add,
  closed,
  DK,
  dataKey,
  HOME,
  kmsKey,
  NAME,
  OTHER_DK,
  OTHER_VAULT,
  type Outcome,
  otherDataKey,
  otherKmsKey,
  plain,
  sealed,
  text,
  VAULT,
} from './base.ts';
import { DEFLATED } from './deflated.ts';

export function sealedWrongly(): void {
  const wrong = (name: string, description: string, how: Partial<Parameters<typeof seal>[2]>): void =>
    closed(name, description, sealed(name, text, {}, how));
  wrong('commitment-of-other-key', 'the tag is valid under the data key, the commitment is to another', {
    committedKey: otherDataKey,
  });
  wrong('key-of-other-commitment', 'the commitment is right, the tag is valid under another data key', {
    dataKey: otherDataKey,
    committedKey: dataKey,
  });
  wrong('other-data-key', 'sealed under another data key from end to end', { dataKey: otherDataKey });
  wrong('other-purpose', 'key and commitment were derived for a release', { purpose: 'release' });
  wrong('other-nonce', 'sealed under a nonce that is not zero', { nonce: fixedBytes('other nonce', 12) });
  wrong('other-name-in-aad', 'sealed with the name of another secret in the AAD', {
    aadName: `${VAULT}/API_TOKEN`,
  });
  const inflate = (name: string, description: string, plaintext: Uint8Array): void =>
    closed(name, description, sealed(name, plaintext, { fl: 'z' }));
  inflate('deflate-none', 'flagged z and not deflated', text);
  inflate('deflate-cut', 'the deflate stream ends early', DEFLATED.text.subarray(0, -4));
  inflate(
    'deflate-trailing-bytes',
    'a byte behind the end of the deflate stream',
    Buffer.concat([DEFLATED.text, Buffer.of(0)]),
  );
  inflate(
    'deflate-with-zlib-header',
    'zlib (RFC 1950) around the deflate stream',
    Buffer.concat([Buffer.of(0x78, 0xda), DEFLATED.text]),
  );
  inflate(
    'deflate-bomb',
    'inflates to 9,000,000 bytes, which no parameter can hold; the text itself is too long for one',
    DEFLATED.bomb,
  );
}

export function wrappedWrongly(): void {
  const unwrap = (name: string, description: string, entry: Fields, outcome: Outcome = {}): void =>
    closed(name, description, entry, { stage: 'unwrap', ...outcome });
  const value = text.toString('base64');
  const alone = { dataKeyAlone: 'opens', value } as const;
  const rewrap = (label: string, context: Record<string, string>, key: Uint8Array = dataKey): Fields => ({
    ...plain,
    wk: toyWrap(kmsKey, context, key, label),
  });
  const elsewhere = sealed('elsewhere', text, {
    name: `${OTHER_VAULT}/${NAME}`,
    wk: toyWrap(kmsKey, contextOf(OTHER_VAULT, DK), dataKey, 'elsewhere'),
  });
  unwrap('vault-changed', 'the entry of another vault, its name rewritten to the one asked for', {
    ...elsewhere,
    name: plain.name,
  });
  unwrap('data-key-generation-changed', 'dk passed off as a newer generation', {
    ...plain,
    dk: DK.replace(/^1/, '2'),
  });
  unwrap('data-key-created-changed', 'dk passed off as made later', {
    ...plain,
    dk: DK.replace('88000', '88001'),
  });
  unwrap('data-key-random-changed', 'the random part of dk', { ...plain, dk: DK.replace('9f86', '9f87') });
  closed('data-key-swapped', 'dk and wk of another data key of the vault', {
    ...plain,
    dk: OTHER_DK,
    wk: toyWrap(kmsKey, contextOf(VAULT, OTHER_DK), otherDataKey, 'data-key-swapped'),
  });
  closed(
    'wrapped-key-of-other-data-key',
    'wk holds another data key, wrapped as this one',
    rewrap('wrapped-other', contextOf(VAULT, DK), otherDataKey),
    alone,
  );
  unwrap(
    'context-other-vault',
    'wk was wrapped for another vault',
    rewrap('context-other-vault', contextOf(OTHER_VAULT, DK)),
    alone,
  );
  unwrap(
    'context-other-generation',
    'wk was wrapped for another generation',
    rewrap('context-other-generation', contextOf(VAULT, DK.replace(/^1/, '2'))),
    alone,
  );
  unwrap('context-none', 'wk was wrapped without a context', rewrap('context-none', {}), alone);
  unwrap(
    'context-more',
    'wk was wrapped with a fifth pair',
    rewrap('context-more', { ...contextOf(VAULT, DK), 'waxseal:x': '1' }),
    alone,
  );
  unwrap('wrapped-key-changed', 'a bit of wk', { ...plain, wk: flipBit(plain.wk, 60) }, alone);
  unwrap(
    'data-key-of-16-bytes',
    'wk holds 16 bytes',
    rewrap('short', contextOf(VAULT, DK), dataKey.subarray(0, 16)),
    { ...alone, expect: 'malformed' },
  );
  unwrap(
    'foreign-kms-key',
    'sealed from end to end by somebody with a KMS key of their own',
    sealed(
      'foreign',
      text,
      {
        dk: OTHER_DK,
        wk: toyWrap(otherKmsKey, contextOf(VAULT, OTHER_DK), otherDataKey, 'foreign'),
        kms: otherKmsKey.id,
      },
      { dataKey: otherDataKey },
    ),
    { expect: 'foreign_key', dataKeyAlone: 'decrypt_failed' },
  );
  unwrap(
    'foreign-kms-key-disguised',
    "the same, and kms says that it was the vault's key",
    sealed(
      'foreign',
      text,
      { dk: OTHER_DK, wk: toyWrap(otherKmsKey, contextOf(VAULT, OTHER_DK), otherDataKey, 'foreign') },
      { dataKey: otherDataKey },
    ),
    { expect: 'foreign_key', dataKeyAlone: 'decrypt_failed' },
  );
  unwrap(
    'kms-changed',
    'kms names another key than the one that wrapped wk',
    { ...plain, kms: otherKmsKey.id },
    { ...alone, expect: 'foreign_key' },
  );
  add(
    'void',
    'the only version claims to be another: it lost a race and nothing is below it',
    { ...plain, slot: `${HOME}:2` },
    {
      ...alone,
      expect: 'never_valid',
      stage: 'version',
    },
  );
}
