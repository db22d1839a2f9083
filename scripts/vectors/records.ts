/** Data key records. */
import { contextOf, flipBit, toyWrap } from '../../test/envelope/craft.ts';
import {
  add,
  asked,
  DK,
  dataKey,
  kmsKey,
  OTHER_VAULT,
  type Outcome,
  otherDataKey,
  otherKmsKey,
  plainText,
  VAULT,
  wk,
} from './base.ts';

export function records(): void {
  const record = { wx: 1, vault: VAULT, dk: DK, wk, kms: kmsKey.id };
  const good = JSON.stringify(record);
  const of = (name: string, description: string, parameter: object | string, outcome: Outcome = {}): void =>
    add(
      `record-${name}`,
      description,
      typeof parameter === 'string' ? parameter : JSON.stringify(parameter),
      {
        asked: { ...asked, name: '.waxseal/data-key' },
        ...outcome,
      },
    );
  const bad = { expect: 'malformed', stage: 'parse' } as const;
  of('plain', 'the data key record of a vault', record);
  of('wrapped-again', 'wk replaced: the same data key wrapped once more', {
    ...record,
    wk: toyWrap(kmsKey, contextOf(VAULT, DK), dataKey, 'record'),
  });
  of(
    'other-kms-key',
    'wk and kms replaced: re-encrypted under the new KMS key of the vault',
    {
      ...record,
      wk: toyWrap(otherKmsKey, contextOf(VAULT, DK), dataKey, 'record'),
      kms: otherKmsKey.id,
    },
    { kmsKey: otherKmsKey },
  );
  of('format-2', 'a format that is not specified', { ...record, wx: 2 }, bad);
  of('space', 'a space behind a comma', good.replace(',', ', '), bad);
  of('trailing-newline', 'a line feed at the end', `${good}\n`, bad);
  of('other-order', 'vault before wx', { vault: VAULT, wx: 1, dk: DK, wk, kms: kmsKey.id }, bad);
  of('field-twice', 'wx stands twice', good.replace('"wx":1,', '"wx":1,"wx":1,'), bad);
  of('field-unknown', 'one field more', { ...record, x: 1 }, bad);
  of('field-missing', 'kms is not there', { ...record, kms: undefined }, bad);
  of('escape', 'a slash of the vault as \\u002f', good.replace('"/', '"\\u002f'), bad);
  of('data-key-leading-zero', 'a generation of 01', { ...record, dk: `0${DK}` }, bad);
  of('base64-padding', 'wk has padding that it does not need', { ...record, wk: `${wk}====` }, bad);
  of('wrapped-key-missing', 'wk is empty', { ...record, wk: '' }, bad);
  of('vault-relative', 'vault lacks its slash', { ...record, vault: VAULT.slice(1) }, bad);
  of(
    'vault-with-dot',
    'vault has a dot, which no KMS alias can hold',
    { ...record, vault: '/acme/prod.eu' },
    bad,
  );
  of('entry', 'an entry where the record should be', plainText, bad);
  of(
    'other-vault',
    "another vault's record",
    {
      ...record,
      vault: OTHER_VAULT,
      wk: toyWrap(kmsKey, contextOf(OTHER_VAULT, DK), dataKey, 'elsewhere'),
    },
    { expect: 'misplaced', stage: 'place' },
  );
  const unwrap = { expect: 'decrypt_failed', stage: 'unwrap' } as const;
  of(
    'vault-changed',
    "another vault's record, its vault rewritten",
    {
      ...record,
      wk: toyWrap(kmsKey, contextOf(OTHER_VAULT, DK), dataKey, 'elsewhere'),
    },
    unwrap,
  );
  of(
    'generation-changed',
    'a retired data key passed off as a newer one',
    { ...record, dk: DK.replace(/^1/, '2') },
    unwrap,
  );
  of(
    'created-changed',
    'an old data key passed off as made later',
    { ...record, dk: DK.replace('88000', '98000') },
    unwrap,
  );
  of('random-changed', 'the random part of dk', { ...record, dk: DK.replace('9f86', '9f87') }, unwrap);
  of('wrapped-key-changed', 'a bit of wk', { ...record, wk: flipBit(wk, 60) }, unwrap);
  of(
    'kms-changed',
    'kms names another key than the one that wrapped wk',
    { ...record, kms: otherKmsKey.id },
    { ...unwrap, expect: 'foreign_key' },
  );
  of(
    'foreign-kms-key',
    'a data key of somebody with a KMS key of their own',
    {
      ...record,
      wk: toyWrap(otherKmsKey, contextOf(VAULT, DK), otherDataKey, 'foreign record'),
      kms: otherKmsKey.id,
    },
    { ...unwrap, expect: 'foreign_key' },
  );
  of(
    'data-key-of-16-bytes',
    'wk holds 16 bytes',
    {
      ...record,
      wk: toyWrap(kmsKey, contextOf(VAULT, DK), dataKey.subarray(0, 16), 'short record'),
    },
    { ...unwrap, expect: 'malformed' },
  );
}
