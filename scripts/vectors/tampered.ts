/** Entries that were moved, or changed after they were sealed. */
import { digest, type Fields, flipBit } from '../../test/envelope/craft.ts';
import type { Vector } from '../../test/envelope/vector.ts';
import {
  add,
  asked,
  type Change,
  closed,
  NAME,
  none,
  OTHER_VAULT,
  plain,
  sealed,
  text,
  VAULT,
} from './base.ts';
import { DEFLATED } from './deflated.ts';

export function misplaced(): void {
  const place = (name: string, description: string, entry: Fields, where: Partial<Vector['asked']>): void =>
    add(name, description, entry, { expect: 'misplaced', stage: 'place', asked: { ...asked, ...where } });
  place('copied-to-other-name', 'the entry of another secret of the vault', plain, { name: 'API_TOKEN' });
  place('copied-to-other-case', 'names differ in case', plain, { name: NAME.toLowerCase() });
  place('copied-to-other-vault', 'the entry of another vault', plain, { vault: OTHER_VAULT });
  place('copied-to-longer-name', 'the name asked for goes on', plain, { name: `${NAME}/x` });
}

export function tampered(): void {
  const tamper = (name: string, description: string, by: Change, entry: Fields = plain): void =>
    closed(name, description, { ...entry, ...by });
  const second = sealed('second-revision', text, { rev: 2, prev: digest(plain) });
  const other = sealed('other entry', Buffer.from('another value'), { name: `${VAULT}/API_TOKEN` });
  tamper(
    'name-changed',
    'the entry of another secret, its name rewritten to the one asked for',
    { name: plain.name },
    sealed('name-changed', text, { name: `${VAULT}/API_TOKEN` }),
  );
  tamper('revision-raised', 'rev made 2 to look newer', { rev: 2 });
  tamper('revision-raised-with-parent', 'rev made 2, and a parent to go with it', {
    rev: 2,
    prev: digest(plain),
  });
  tamper('parent-changed', 'a bit of prev', { prev: flipBit(second.prev, 0) }, second);
  tamper('parent-removed', 'prev emptied, as if the name were reborn', { prev: '' }, second);
  tamper(
    'parent-added',
    'a name reborn gets a parent',
    { prev: digest(plain) },
    sealed('reborn', text, { rev: 7 }),
  );
  tamper('salt-changed', 'a bit of salt', { salt: flipBit(plain.salt, 31) });
  tamper('salt-swapped', "another entry's salt", { salt: other.salt });
  tamper('commitment-changed', 'a bit of com', { com: flipBit(plain.com, 31) });
  tamper('commitment-swapped', "another entry's commitment", { com: other.com });
  tamper('sealed-at-changed', 'at one second later', { at: plain.at + 1 });
  tamper('expiry-added', 'exp set where there was none', { exp: 1763788101 });
  tamper('expiry-removed', 'exp made 0', { exp: 0 }, sealed('expiry', text, { exp: 1763788101 }));
  tamper('flag-deflated-added', 'fl made z', { fl: 'z' });
  tamper('flag-chunked-added', 'fl made c', { fl: 'c' });
  tamper('flag-deflated-removed', 'z taken away', { fl: '' }, sealed('deflated', DEFLATED.text, { fl: 'z' }));
  tamper('flag-binary-added', 'fl made b', { fl: 'b' });
  tamper('flag-binary-removed', 'b taken away', { fl: '' }, sealed('nul', Buffer.from('a\0b'), { fl: 'b' }));
  tamper('flag-tombstone-added', 'an empty value made a tombstone', { fl: 't' }, sealed('empty', none));
  tamper(
    'flag-tombstone-removed',
    'a tombstone made an empty value',
    { fl: '' },
    sealed('tombstone', none, { rev: 2, prev: digest(plain), fl: 't' }),
  );
  tamper('ciphertext-first-bit', 'a bit of the first byte', { ct: flipBit(plain.ct, 0) });
  tamper('ciphertext-last-bit', 'a bit of the byte before the tag', { ct: flipBit(plain.ct, -17) });
  tamper('tag-first-bit', 'a bit of the tag', { ct: flipBit(plain.ct, -16) });
  tamper('tag-last-bit', 'a bit of the last byte of the tag', { ct: flipBit(plain.ct, -1) });
  const bytes = Buffer.from(plain.ct, 'base64');
  tamper('tag-truncated', 'the last 12 bytes of ct are missing', {
    ct: bytes.subarray(0, -12).toString('base64'),
  });
  tamper('ciphertext-truncated', 'the last byte before the tag is missing', {
    ct: Buffer.concat([bytes.subarray(0, -17), bytes.subarray(-16)]).toString('base64'),
  });
  tamper('ciphertext-extended', 'a byte between ciphertext and tag', {
    ct: Buffer.concat([bytes.subarray(0, -16), Buffer.of(0), bytes.subarray(-16)]).toString('base64'),
  });
  tamper('ciphertext-dropped', 'the tag alone is left', { ct: bytes.subarray(-16).toString('base64') });
  tamper('ciphertext-swapped', "another entry's ciphertext", { ct: other.ct });
  tamper('ciphertext-swapped-with-salt', "another entry's salt, commitment and ciphertext", {
    salt: other.salt,
    com: other.com,
    ct: other.ct,
  });
}
