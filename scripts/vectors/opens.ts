/** Entries that open. */
import { contextOf, digest, fixedBytes, toyWrap } from '../../test/envelope/craft.ts';
import {
  asked,
  DK,
  dataKey,
  HOME,
  kmsKey,
  none,
  opens,
  otherKmsKey,
  plain,
  sealed,
  text,
  VAULT,
} from './base.ts';
import { DEFLATED, DEFLATED_TEXT } from './deflated.ts';

export function whatOpens(): void {
  opens('plain', 'a text, first revision; the example of FORMAT.md', plain, text);
  opens('empty', 'an empty value is a value', sealed('empty', none), none);
  const binary = fixedBytes('binary', 48);
  opens('binary', 'bytes that are not UTF-8', sealed('binary', binary, { fl: 'b' }), binary);
  opens(
    'nul',
    'text with a NUL counts as binary',
    sealed('nul', Buffer.from('a\0b'), { fl: 'b' }),
    Buffer.from('a\0b'),
  );
  opens(
    'deflated',
    'a text that was deflated',
    sealed('deflated', DEFLATED.text, { fl: 'z' }),
    Buffer.from(DEFLATED_TEXT),
  );
  const stripes = Buffer.alloc(128, Buffer.of(0, 255));
  opens(
    'deflated-binary',
    'bytes that were deflated',
    sealed('deflated-binary', DEFLATED.bytes, { fl: 'zb' }),
    stripes,
  );
  const zeros = Buffer.alloc(300);
  opens(
    'not-deflated',
    'a reader has no say in whether deflating was worth it',
    sealed('not-deflated', zeros, { fl: 'b' }),
    zeros,
  );
  const unicode = Buffer.from('pässword-пароль-密码-🔑-e\u0301\r\n\t"\\');
  opens('unicode', 'UTF-8 comes back byte for byte, not normalised', sealed('unicode', unicode), unicode);
  const mark = Buffer.from('\ufeffvalue');
  opens('byte-order-mark', 'a byte order mark is part of the value', sealed('byte-order-mark', mark), mark);
  const der = Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    fixedBytes('ed25519', 32),
  ]);
  const pem = Buffer.from(
    `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`,
  );
  opens('pem', 'several lines, the last line feed included', sealed('pem', pem), pem);
  opens(
    'expiry',
    'an expiry in the past is told, not enforced',
    sealed('expiry', text, { exp: 1763788101 }),
    text,
  );
  opens(
    'second-revision',
    'revision 2 carries the digest of "plain"',
    sealed('second-revision', text, { rev: 2, prev: digest(plain), slot: `${HOME}:2` }),
    text,
    { asked: { ...asked, version: 2 } },
  );
  opens(
    'reborn',
    'a name that was purged goes on above its last revision, without a parent',
    sealed('reborn', text, { rev: 7 }),
    text,
  );
  opens(
    'tombstone',
    'the secret was deleted at revision 2',
    sealed('tombstone', none, { rev: 2, prev: digest(plain), fl: 't' }),
    none,
    { tombstone: true },
  );
  opens(
    'largest-numbers',
    'the largest numbers that the format has',
    sealed('largest-numbers', text, {
      rev: Number.MAX_SAFE_INTEGER,
      at: Number.MAX_SAFE_INTEGER,
      exp: Number.MAX_SAFE_INTEGER,
    }),
    text,
  );
  opens(
    'nested-name',
    'a secret with a level of its own',
    sealed('nested-name', text, { name: `${VAULT}/smtp/pass.word-1` }),
    text,
    {
      asked: { ...asked, name: 'smtp/pass.word-1' },
    },
  );
  opens(
    'deep-vault',
    'a vault of one level',
    sealed('deep-vault', text, {
      name: '/v/N',
      wk: toyWrap(kmsKey, contextOf('/v', DK), dataKey, 'deep-vault'),
    }),
    text,
    { asked: { ...asked, vault: '/v', name: 'N' } },
  );
}

export function whatOpensRewrapped(): void {
  opens(
    'wrapped-again',
    'wk of "plain" replaced: the same data key wrapped once more',
    {
      ...plain,
      wk: toyWrap(kmsKey, contextOf(VAULT, DK), dataKey, 'wrapped-again'),
    },
    text,
  );
  opens(
    'other-kms-key',
    'wk and kms of "plain" replaced: re-encrypted under the new KMS key of the vault',
    {
      ...plain,
      wk: toyWrap(otherKmsKey, contextOf(VAULT, DK), dataKey, 'other-kms-key'),
      kms: otherKmsKey.id,
    },
    text,
    { kmsKey: otherKmsKey },
  );
  opens('other-slot', 'slot of "plain" replaced: the fifth write', { ...plain, slot: `${HOME}:5` }, text, {
    asked: { ...asked, version: 5 },
  });
  opens('copy-in-replica', 'the slot of another region claims nothing here', plain, text, {
    asked: { ...asked, region: 'eu-west-1', version: 3 },
  });
}
