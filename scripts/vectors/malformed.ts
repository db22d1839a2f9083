/** Texts that are no entries. */
import { digest } from '../../test/envelope/craft.ts';
import {
  type Change,
  DK,
  HOME,
  kmsKey,
  malformed,
  NAME,
  none,
  plain,
  plainText,
  sealed,
  text,
  VAULT,
} from './base.ts';
import { DEFLATED } from './deflated.ts';

export function malformedSpellings(): void {
  const edit = (from: string | RegExp, to: string | ((...found: string[]) => string)): string => {
    const edited = plainText.replace(from, to as string);
    if (edited === plainText) throw new Error(`nothing to replace: ${from}`);
    return edited;
  };
  malformed('no-text', 'an empty parameter', '');
  malformed('not-json', 'a plain secret that somebody put there', 'correct-horse');
  malformed('cut-json', 'the last character is missing', plainText.slice(0, -1));
  malformed('null-document', 'JSON, not an object', 'null');
  malformed('array-document', 'JSON, not an object', `[${plainText}]`);
  malformed('space', 'a space behind a colon', edit('"wx":1', '"wx": 1'));
  malformed('trailing-newline', 'a line feed at the end', `${plainText}\n`);
  malformed('leading-byte-order-mark', 'a byte order mark in front', `\ufeff${plainText}`);
  malformed('trailing-comma', 'a comma behind the last field', edit(/}$/, ',}'));
  malformed('other-order', 'suite before wx', edit('"wx":1,"suite":1', '"suite":1,"wx":1'));
  malformed('field-twice', 'rev stands twice, with the same number', edit('"rev":1,', '"rev":1,"rev":1,'));
  malformed(
    'field-twice-differently',
    'rev stands twice; parsers disagree on which one counts',
    edit('"rev":1,', '"rev":2,"rev":1,'),
  );
  malformed('field-unknown', 'one field more', edit(/}$/, ',"x":1}'));
  malformed(
    'field-prototype',
    'one field more, which is no ordinary property in JavaScript',
    edit(/}$/, ',"__proto__":1}'),
  );
  malformed('field-missing', 'exp is not there', edit('"exp":0,', ''));
  malformed('field-null', 'prev is null', edit('"prev":""', '"prev":null'));
  malformed('escape-in-name', 'a slash of the name as \\u002f', edit('"name":"/', '"name":"\\u002f'));
  malformed('escape-of-slash', 'a slash of the name as \\/', edit('"name":"/', '"name":"\\/'));
  malformed('escape-in-key', 'a letter of a field name as an escape', edit('"rev"', '"r\\u0065v"'));
  malformed('number-leading-zero', 'rev is 01', edit('"rev":1', '"rev":01'));
  malformed('number-exponent', 'rev is 1e0', edit('"rev":1', '"rev":1e0'));
  malformed('number-fraction', 'rev is 1.0', edit('"rev":1', '"rev":1.0'));
  malformed('number-half', 'at has a fraction', edit('"at":1763788100', '"at":1763788100.5'));
  malformed('number-negative', 'at is negative', edit('"at":1763788100', '"at":-1'));
  malformed('number-minus-zero', 'exp is -0', edit('"exp":0', '"exp":-0'));
  malformed('number-as-text', 'rev is a string', edit('"rev":1', '"rev":"1"'));
  malformed('number-too-large', 'rev is 2^53', edit('"rev":1', '"rev":9007199254740992'));
  malformed('base64-unpadded', 'salt without its padding', edit(/("salt":"[^"=]*)=+"/, '$1"'));
  malformed(
    'base64-url-safe',
    'com in the other alphabet',
    edit(/"com":"[^"]*/, (com) => com.replaceAll('+', '-').replaceAll('/', '_')),
  );
  malformed(
    'base64-spare-bits',
    'the bits behind the last byte of salt are not zero',
    edit(/("salt":"[^"]*)(.)="/, (_all, head = '', last = '') => `${head}${nextCharacter(last)}="`),
  );
  malformed('base64-newline', 'a line break within ct', edit(/("ct":".{8})/, '$1\\n'));
}

export function malformedFields(): void {
  const cut = (base64: string, length: number): string =>
    Buffer.from(base64, 'base64').subarray(0, length).toString('base64');
  const change = (name: string, description: string, by: Change): void =>
    malformed(name, description, { ...plain, ...by });
  // What follows is sealed as it says, so that nothing but the field itself is wrong.
  const resealed = (name: string, description: string, by: Change, plaintext: Uint8Array = text): void =>
    malformed(name, description, sealed(name, plaintext, by));
  resealed('format-0', 'a format before the first', { wx: 0 });
  resealed('format-2', 'a format that is not specified', { wx: 2 });
  resealed('suite-0', 'a suite that is not specified: nobody can be talked down to it', { suite: 0 });
  resealed('suite-2', 'a suite that is not specified', { suite: 2 });
  resealed('name-relative', 'name lacks its slash', { name: `acme/prod/${NAME}` });
  resealed('name-empty-level', 'name has an empty level', { name: `${VAULT}//${NAME}` });
  resealed('name-not-ascii', 'name has a letter that Parameter Store refuses', { name: `${VAULT}/PÄSSWORD` });
  resealed('name-too-long', 'name has 1,012 characters', { name: `/${'x'.repeat(1011)}` });
  resealed('revision-0', 'revisions begin with 1', { rev: 0 });
  resealed('parent-of-first', 'the first revision has a parent', { prev: digest(plain) });
  resealed('parent-short', 'a digest of 31 bytes', { rev: 2, prev: cut(digest(plain), 31) });
  resealed('data-key-generation-0', 'generations begin with 1', { dk: DK.replace(/^1/, '0') });
  resealed('data-key-leading-zero', 'a generation of 01', { dk: `0${DK}` });
  resealed('data-key-milliseconds', 'created-at in milliseconds has too many digits', {
    dk: DK.replace('88000', '88000000'),
  });
  resealed('data-key-upper-case', 'the random part in capitals', { dk: DK.toUpperCase() });
  resealed('data-key-short', 'the random part lacks a digit', { dk: DK.slice(0, -1) });
  change('salt-short', 'a salt of 31 bytes', { salt: cut(plain.salt, 31) });
  change('commitment-short', 'a commitment of 31 bytes', { com: cut(plain.com, 31) });
  change('commitment-missing', 'no commitment', { com: '' });
  resealed('flag-unknown', 'a flag that nobody defined', { fl: 'x' });
  resealed('flag-twice', 'a flag stands twice', { fl: 'bb' });
  resealed('flags-other-order', 'b before z', { fl: 'bz' }, DEFLATED.bytes);
  resealed('tombstone-with-value', 'a tombstone that carries a value', {
    rev: 2,
    prev: digest(plain),
    fl: 't',
  });
  resealed(
    'tombstone-deflated',
    'a tombstone that says it was deflated',
    { rev: 2, prev: digest(plain), fl: 'zt' },
    none,
  );
  resealed(
    'tombstone-binary',
    'a tombstone that says it is binary',
    { rev: 2, prev: digest(plain), fl: 'bt' },
    none,
  );
  change('ciphertext-missing', 'ct is empty', { ct: '' });
  change('ciphertext-shorter-than-tag', 'ct has 15 bytes', { ct: cut(plain.ct, 15) });
  change('wrapped-key-missing', 'wk is empty', { wk: '' });
  change('kms-arn', 'kms is an ARN: ids alone are the same in all regions', {
    kms: `arn:aws:kms:${HOME}:111122223333:key/${kmsKey.id}`,
  });
  change('kms-missing', 'kms is empty', { kms: '' });
  change('slot-without-version', 'slot is a region alone', { slot: HOME });
  change('slot-version-0', 'Versions begin with 1', { slot: `${HOME}:0` });
  change('slot-leading-zero', 'a Version of 01', { slot: `${HOME}:01` });
}

function nextCharacter(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return alphabet[alphabet.indexOf(character) + 1] ?? '';
}
