/** Large secrets: an entry, and the parts that lie beside it. */
import { contextOf, digest, type Fields, fixedBytes, flipBit, toyWrap } from '../../test/envelope/craft.ts';
import {
  type LargeVector,
  type ManifestFields,
  type PartsSeal,
  partDigest,
  sealInParts,
} from '../../test/envelope/craft-large.ts';
import {
  asked,
  type Change,
  DK,
  dataKey,
  HOME,
  kmsKey,
  NAME,
  none,
  OTHER_DK,
  OTHER_VAULT,
  otherDataKey,
  otherKmsKey,
  sealed,
  text,
  VAULT,
} from './base.ts';
import { DEFLATED, DEFLATED_TEXT } from './deflated.ts';

/** Two whole parts and a piece of one. */
const value = fixedBytes('large value', 7000);

/** All vectors of large secrets. */
export const largeVectors: Map<string, LargeVector> = new Map<string, LargeVector>();

type Outcome = Partial<Omit<LargeVector, 'description' | 'parameter' | 'parts'>>;

interface Made {
  readonly entry: Fields;
  readonly manifest: ManifestFields;
  readonly texts: readonly string[];
}

/** What is not as usual. */
interface Ways {
  /** Fields of the entry. */
  readonly change?: Change;
  /** How the parts are sealed. */
  readonly how?: Partial<PartsSeal>;
  /** What the entry seals in place of the manifest as it should be. */
  readonly content?: (manifest: ManifestFields) => string | Uint8Array;
}

function made(label: string, plaintext: Uint8Array = value, { change, how, content }: Ways = {}): Made {
  const { name = `${VAULT}/${NAME}`, rev = 1, dk = DK } = change ?? {};
  const salt = fixedBytes(`salt of parts ${label}`, 32);
  const { fields, texts } = sealInParts({ name, rev, dk }, salt, plaintext, { dataKey, ...how });
  const sealedText = content?.(fields) ?? JSON.stringify(fields);
  const entry = sealed(`large ${label}`, Buffer.from(sealedText as string), { fl: 'bc', ...change });
  return { entry, manifest: fields, texts };
}

/** The full name of an entry's part. */
function partName({ name, rev, salt }: Fields, number: number): string {
  const [vault, secret] = name.startsWith(`${VAULT}/`)
    ? [VAULT, name.slice(VAULT.length + 1)]
    : ['/v', name.slice(3)];
  const id = Buffer.from(salt, 'base64').subarray(0, 8).toString('hex');
  return `${vault}/.waxseal/large/${secret}/${rev}.${id}.${number}`;
}

function placed({ entry, texts }: Made): Record<string, string> {
  return Object.fromEntries(texts.map((part, i) => [partName(entry, i + 1), part]));
}

function add(
  name: string,
  description: string,
  from: Made,
  outcome: Outcome = {},
  beside = placed(from),
): void {
  if (largeVectors.has(name)) throw new Error(`two vectors are called ${name}`);
  const { expect = 'opens', stage, asked: where = asked, ...rest } = outcome;
  largeVectors.set(name, {
    description,
    expect,
    ...(stage === undefined ? {} : { stage }),
    asked: where,
    kmsKey,
    dataKey: dataKey.toString('hex'),
    ...(expect === 'opens' ? { value: value.toString('base64') } : {}),
    ...rest,
    parameter: JSON.stringify(from.entry),
    parts: beside,
  });
}

const plain = made('plain');
const incomplete = { expect: 'large_incomplete', stage: 'parts' } as const;
const misspelled = { expect: 'malformed', stage: 'parts' } as const;
const closed = { expect: 'decrypt_failed', stage: 'value' } as const;

/** All of them. */
export function large(): void {
  opening();
  flagged();
  manifests();
  partsAstray();
  partsMisspelled();
  sealedWrongly();
}

function opening(): void {
  add('plain', 'two whole parts and a piece of one', plain);
  const of = (
    name: string,
    description: string,
    bytes: Uint8Array,
    change: Change = {},
    sealedAs = bytes,
  ): void =>
    add(name, description, made(name, sealedAs, { change }), {
      value: Buffer.from(bytes).toString('base64'),
    });
  of('empty', 'no bytes: one part with the tag alone', none, { fl: 'c' });
  of('one-byte', 'one byte', Uint8Array.of(0));
  of('whole-part', '3,056 bytes and the tag fill one part', value.subarray(0, 3056));
  of('one-more', 'one byte more: the second part has the last byte of the tag', value.subarray(0, 3057));
  of('tag-in-two-parts', 'the tag lies half in the one part and half in the other', value.subarray(0, 3064));
  of('tag-in-its-own-part', '3,072 bytes: the tag has the second part for itself', value.subarray(0, 3072));
  of('two-whole-parts', '6,128 bytes and the tag fill two parts', value.subarray(0, 6128));
  of('largest', '65,536 bytes in 22 parts', fixedBytes('largest', 65_536));
  const chain = Buffer.from(
    `-----BEGIN CERTIFICATE-----\n${fixedBytes('chain', 2400).toString('base64')}\n-----END CERTIFICATE-----\n`,
  );
  of('text', 'a text', chain, { fl: 'c' });
  of('deflated', 'a text that was deflated', Buffer.from(DEFLATED_TEXT), { fl: 'zc' }, DEFLATED.text);
  of(
    'deflated-binary',
    'bytes that were deflated',
    Buffer.alloc(128, Buffer.of(0, 255)),
    { fl: 'zbc' },
    DEFLATED.bytes,
  );
  of(
    'deflated-in-parts',
    'a deflate stream over three parts, of a block that is stored as it is',
    value,
    { fl: 'zbc' },
    stored(value),
  );
  add(
    'second-revision',
    'revision 2: its parts bear its number, and those of revision 1 lie beside them',
    second,
    { asked: { ...asked, version: 2 } },
    { ...placed(plain), ...placed(second) },
  );
  add(
    'nested-name',
    'a secret with a level of its own',
    made('nested', value, { change: { name: `${VAULT}/smtp/tls.key` } }),
    {
      asked: { ...asked, name: 'smtp/tls.key' },
    },
  );
  const deep = { name: '/v/N', wk: toyWrap(kmsKey, contextOf('/v', DK), dataKey, 'deep-vault') };
  add('deep-vault', 'a vault of one level', made('deep', value, { change: deep }), {
    asked: { ...asked, vault: '/v', name: 'N' },
  });
  add('copy-in-replica', 'copied to another region with its parts', plain, {
    asked: { ...asked, region: 'eu-west-1', version: 3 },
  });
  const wk = toyWrap(otherKmsKey, contextOf(VAULT, DK), dataKey, 'other-kms-key');
  add(
    'other-kms-key',
    'wk and kms of "plain" replaced: the parts stay as they were',
    { ...plain, entry: { ...plain.entry, wk, kms: otherKmsKey.id } },
    { kmsKey: otherKmsKey },
  );
  add(
    'leftovers',
    'a part above the last, and one under another id: nobody asks for them',
    plain,
    {},
    {
      ...placed(plain),
      [partName(plain.entry, 4)]: 'AAAA',
      [partName(sibling.entry, 1)]: sibling.texts[0] ?? '',
    },
  );
  const manifest = JSON.stringify(plain.manifest);
  add(
    'manifest-as-value',
    'a secret without the flag whose value is a manifest, with parts: it opens to its text',
    made('manifest-as-value', value, { change: { fl: '' }, content: () => manifest }),
    { value: Buffer.from(manifest).toString('base64') },
  );
}

/** A deflate stream of one stored block (RFC 1951, 3.2.4), which every version of zlib reads alike. */
function stored(bytes: Uint8Array): Buffer {
  const head = Buffer.of(1, 0, 0, 0, 0);
  head.writeUInt16LE(bytes.byteLength, 1);
  head.writeUInt16LE(~bytes.byteLength & 0xffff, 3);
  return Buffer.concat([head, bytes]);
}

const sibling = made('sibling');
const second = made('second', value, { change: { rev: 2, prev: digest(plain.entry), slot: `${HOME}:2` } });

function flagged(): void {
  const spelled = (name: string, description: string, fl: string, plaintext?: Uint8Array): void => {
    const from = plaintext === undefined ? made(name, value, { change: { fl } }) : plain;
    const entry = plaintext === undefined ? from.entry : sealed(`large ${name}`, plaintext, { fl });
    add(name, description, { ...from, entry }, { expect: 'malformed', stage: 'parse' });
  };
  spelled('flags-other-order', 'fl is cb', 'cb');
  spelled('flag-twice', 'fl is cc', 'cc');
  spelled('tombstone', 'a tombstone in parts: fl is tc', 'tc', none);
  spelled('tombstone-after', 'fl is ct', 'ct', none);
  const tampered = (name: string, description: string, fl: string): void =>
    add(
      name,
      description,
      { ...plain, entry: { ...plain.entry, fl } },
      { expect: 'decrypt_failed', stage: 'open' },
    );
  tampered('flag-removed', 'c taken away, so that the manifest would be the value', 'b');
  tampered('flag-deflated-added', 'fl made zbc', 'zbc');
  tampered('flag-binary-removed', 'fl made c', 'c');
}

function manifests(): void {
  const manifest = (name: string, description: string, content: Ways['content']): void =>
    add(name, description, made(name, value, content === undefined ? {} : { content }), {
      expect: 'malformed',
      stage: 'manifest',
    });
  const json = JSON.stringify;
  manifest('not-a-manifest', 'the entry seals a text', () => text);
  manifest('manifest-empty', 'the entry seals nothing', () => none);
  manifest('manifest-deflated', 'the manifest is deflated', (fields) => stored(Buffer.from(json(fields))));
  manifest('manifest-space', 'a space behind a colon', (fields) => json(fields).replace(':', ': '));
  manifest('manifest-line-feed', 'a line feed at its end', (fields) => `${json(fields)}\n`);
  manifest('manifest-byte-order-mark', 'a byte order mark before it', (fields) => `\ufeff${json(fields)}`);
  manifest('manifest-other-order', 'com before salt', ({ wx, parts, salt, com }) =>
    json({ wx, parts, com, salt }),
  );
  manifest('manifest-field-missing', 'no commitment', ({ wx, parts, salt }) => json({ wx, parts, salt }));
  manifest('manifest-field-unknown', 'one field more', (fields) => json({ ...fields, x: 1 }));
  manifest('manifest-field-twice', 'the version twice', (fields) => json(fields).replace('{', '{"wx":1,'));
  manifest('manifest-escape', 'a digest with an escape in it', (fields) =>
    json(fields).replace(
      /"parts":"(.)/,
      (_all, first: string) => `"parts":"\\u00${first.charCodeAt(0).toString(16)}`,
    ),
  );
  manifest('version-2', 'a version that is not specified', (fields) => json({ ...fields, wx: 2 }));
  manifest('version-as-text', 'the version as a string', (fields) => json({ ...fields, wx: '1' }));
  manifest('no-parts', 'no part at all, as in the head of a small release', () =>
    json({ wx: 1, parts: '', salt: '', com: '' }),
  );
  manifest('no-parts-with-salt', 'no part, with salt and commitment', (fields) =>
    json({ ...fields, parts: '' }),
  );
  manifest('parts-as-list', 'the digests as a list', (fields) =>
    json({ ...fields, parts: fields.parts.split(' ') }),
  );
  manifest('parts-trailing-space', 'a space behind the last digest', (fields) =>
    json({ ...fields, parts: `${fields.parts} ` }),
  );
  manifest('parts-two-spaces', 'two spaces between digests', (fields) =>
    json({ ...fields, parts: fields.parts.replace(' ', '  ') }),
  );
  manifest('digest-short', 'a digest of 15 bytes', (fields) =>
    json({ ...fields, parts: fields.parts.replace(/^\S+/, Buffer.alloc(15).toString('base64')) }),
  );
  manifest('digest-spare-bits', 'a digest with bits behind its last byte', (fields) =>
    json({ ...fields, parts: fields.parts.replace(/[AQgw]==/, (end) => `${nextCharacter(end)}==`) }),
  );
  manifest('digest-unpadded', 'a digest without its padding', (fields) =>
    json({ ...fields, parts: fields.parts.replace('==', '') }),
  );
  manifest('too-many-parts', 'a hundred parts', (fields) =>
    json({
      ...fields,
      parts: Array<string>(100)
        .fill(partDigest(plain.texts[0] ?? ''))
        .join(' '),
    }),
  );
  const short = fixedBytes('short', 31).toString('base64');
  manifest('salt-short', 'a salt of 31 bytes', (fields) => json({ ...fields, salt: short }));
  manifest('salt-missing', 'an empty salt', (fields) => json({ ...fields, salt: '' }));
  manifest('salt-unpadded', 'a salt without its padding', (fields) =>
    json({ ...fields, salt: fields.salt.replace('=', '') }),
  );
  manifest('commitment-short', 'a commitment of 31 bytes', (fields) => json({ ...fields, com: short }));
  manifest('byte-not-ascii', 'a byte in it that is no character of ASCII', (fields) => {
    const bytes = Buffer.from(json(fields));
    bytes[bytes.indexOf('"com":"') + 7] = 0xe4;
    return bytes;
  });
}

/** The character behind one of base64: the same bytes with a spare bit set. */
function nextCharacter(end: string): string {
  return String.fromCharCode(end.charCodeAt(0) + 1);
}

/** Whoever may write parameters does these. */
function partsAstray(): void {
  const [a = '', b = '', c = ''] = plain.texts;
  const of = (name: string, description: string, ...texts: readonly (string | undefined)[]): void => {
    const beside = texts.flatMap((part, i) =>
      part === undefined ? [] : [[partName(plain.entry, i + 1), part]],
    );
    add(name, description, plain, incomplete, Object.fromEntries(beside) as Record<string, string>);
  };
  const missing = undefined;
  of('first-missing', 'the first part is not there', missing, b, c);
  of('one-missing', 'the second part is not there', a, missing, c);
  of('last-missing', 'the last part is not there', a, b);
  of('all-missing', 'no part is there');
  of('moved-up', 'the first is not there, and the others stand one place further up', b, c);
  of('doubled', "the first in the second's place too", a, a, c);
  of('swapped', "the first two in each other's place", b, a, c);
  of('of-other-revision', 'a part of another revision', a, second.texts[1], c);
  const other = made('other name', value, { change: { name: `${VAULT}/API_TOKEN` } });
  of('of-other-name', 'a part of another secret of the vault', a, other.texts[1], c);
  const elsewhere = made('other vault', value, { how: { bound: { name: `${OTHER_VAULT}/${NAME}` } } });
  of('of-other-vault', 'the parts of the same secret in another vault', ...elsewhere.texts);
  const byOther = made('plain', value, { how: { dataKey: otherDataKey } });
  of('of-other-data-key', 'parts sealed under another data key, with the same salt', ...byOther.texts);
  of('of-sibling', 'a part of another seal of the same value', sibling.texts[0], b, c);
  of('first-bit', 'a bit of the first byte', flipBit(a, 0), b, c);
  of('last-bit-of-first', 'a bit of the last byte of the first part', flipBit(a, -1), b, c);
  of('last-byte-bit', 'a bit of the byte before the tag', a, b, flipBit(c, -17));
  of('tag-first-bit', 'a bit of the tag', a, b, flipBit(c, -16));
  of('tag-last-bit', 'the last bit', a, b, flipBit(c, -1));
  of('part-cut', 'the last four characters of the first part are missing', a.slice(0, -4), b, c);
  of('tag-cut', 'the tag is missing', a, b, Buffer.from(c, 'base64').subarray(0, -16).toString('base64'));
  of('part-longer', 'four characters more', `${a}AAAA`, b, c);
  of('part-line-feed', 'a line feed behind a part', `${a}\n`, b, c);
  of('part-empty', 'a part of no characters', a, '', c);
  of('all-in-first', 'the texts of all in the first part', `${a}${b}${c}`, b, c);
  add(
    'counted-from-0',
    'the parts are numbered from 0',
    plain,
    incomplete,
    Object.fromEntries(plain.texts.map((part, i) => [partName(plain.entry, i), part])),
  );
  const otherId = { ...plain.entry, salt: sibling.entry.salt };
  add(
    'under-other-id',
    "the parts lie under another entry's id",
    plain,
    incomplete,
    placed({ ...plain, entry: otherId }),
  );
  const later = { ...plain.entry, rev: 2 };
  add(
    'under-other-revision',
    "the parts lie under another revision's number",
    plain,
    incomplete,
    placed({ ...plain, entry: later }),
  );
}

/** Only who has the data key can make these: the digests are those of the parts. */
function partsMisspelled(): void {
  const spelled = (
    name: string,
    description: string,
    spell: (texts: readonly string[]) => readonly string[],
    outcome: Outcome = misspelled,
  ): void => add(name, description, made(name, value, { how: { spell } }), outcome);
  const first = (change: (part: string) => string) => (texts: readonly string[]) => [
    change(texts[0] ?? ''),
    ...texts.slice(1),
  ];
  const last = (change: (part: string) => string) => (texts: readonly string[]) => [
    ...texts.slice(0, -1),
    change(texts.at(-1) ?? ''),
  ];
  spelled(
    'base64-newline',
    'a line feed behind the first part',
    first((part) => `${part}\n`),
  );
  spelled(
    'base64-url-safe',
    'the alphabet for addresses',
    first((part) => part.replaceAll('+', '-').replaceAll('/', '_')),
  );
  spelled(
    'base64-unpadded',
    'the last part without its padding',
    last((part) => part.replaceAll('=', '')),
  );
  spelled(
    'base64-spare-bits',
    'bits behind the last byte',
    last((part) => part.replace(/(.)=/, (end) => `${nextCharacter(end)}=`)),
  );
  spelled(
    'base64-of-all-lines',
    'lines of 64 characters, as openssl writes them',
    first((part) => part.replace(/.{64}/g, '$&\n')),
  );
  const cut = (name: string, description: string, sizes: readonly number[]): void =>
    add(name, description, made(name, value, { how: { sizes } }), misspelled);
  cut('cut-short', 'a first part of 3,071 bytes', [3071, 3072, 873]);
  cut('cut-long', 'a first part of 3,075 bytes', [3075, 3072, 869]);
  cut('cut-once', 'one part of all bytes', [7016]);
  cut('last-empty', 'an empty part behind the last', [3072, 3072, 872, 0]);
  add(
    'empty-alone',
    'one part without any byte',
    made('empty-alone', value, { how: { sizes: [0] } }),
    misspelled,
  );
}

function sealedWrongly(): void {
  const wrong = (name: string, description: string, how: Partial<PartsSeal>): void =>
    add(name, description, made(name, value, { how }), closed);
  wrong('commitment-of-other-key', 'the tag is valid under the data key, the commitment is to another', {
    committedKey: otherDataKey,
  });
  wrong('key-of-other-commitment', 'the commitment is right, the tag is valid under another data key', {
    dataKey: otherDataKey,
    committedKey: dataKey,
  });
  wrong('other-data-key', 'the parts are sealed under another data key, their entry is not', {
    dataKey: otherDataKey,
  });
  wrong('purpose-entry', 'key and commitment were derived for an entry', { purpose: 'entry' });
  wrong('purpose-release', 'key and commitment were derived for a release', { purpose: 'release' });
  wrong('word-release', 'bound as the parts of a release', { word: 'waxseal release' });
  wrong('release', 'sealed from end to end as the parts of a release', {
    purpose: 'release',
    word: 'waxseal release',
  });
  wrong('bound-to-other-name', 'the manifest of another secret of the vault', {
    bound: { name: `${VAULT}/API_TOKEN` },
  });
  wrong('bound-to-other-vault', 'the manifest of the same secret in another vault', {
    bound: { name: `${OTHER_VAULT}/${NAME}` },
  });
  wrong('bound-to-vault', "bound to the vault's path, as a release is", { bound: { name: VAULT } });
  wrong('bound-to-other-revision', 'the manifest of another revision', { bound: { rev: 2 } });
  wrong('bound-to-other-data-key', 'bound to the id of another data key', { bound: { dk: OTHER_DK } });
  wrong('other-nonce', 'sealed under a nonce that is not zero', { nonce: fixedBytes('other nonce', 12) });
  wrong('byte-before-tag', 'a byte between ciphertext and tag is missing', {
    spell: (texts) => texts.map((part, i) => (i < 2 ? part : without(part, -17))),
  });
  wrong('tag-truncated', 'the last 12 bytes of the tag are missing', {
    spell: (texts) =>
      texts.map((part, i) =>
        i < 2 ? part : Buffer.from(part, 'base64').subarray(0, -12).toString('base64'),
      ),
  });
  wrong('shorter-than-tag', 'one part of 15 bytes', { sizes: [15] });
  wrong('tag-alone', 'one part with the tag alone', {
    spell: (texts) => [
      Buffer.from(texts[2] ?? '', 'base64')
        .subarray(-16)
        .toString('base64'),
    ],
  });
  const edited = (
    name: string,
    description: string,
    edit: (fields: ManifestFields) => Partial<ManifestFields>,
    outcome: Outcome = closed,
    beside?: (from: Made) => Record<string, string>,
  ): void => {
    const from = made(name, value, { content: (fields) => JSON.stringify({ ...fields, ...edit(fields) }) });
    add(name, description, from, outcome, beside?.(from) ?? placed(from));
  };
  const digests =
    (change: (all: readonly string[]) => readonly string[]) =>
    ({ parts }: ManifestFields) => ({
      parts: change(parts.split(' ')).join(' '),
    });
  edited(
    'digest-less',
    'the manifest names one part less',
    digests((all) => all.slice(0, -1)),
  );
  edited(
    'digest-more',
    'the manifest names a fourth part, which is not there',
    digests((all) => [...all, ...all.slice(0, 1)]),
    incomplete,
  );
  edited(
    'digest-more-with-part',
    'the manifest names the last part twice, and it is there twice',
    digests((all) => [...all, ...all.slice(-1)]),
    // The third is not the last one any more, and not whole.
    misspelled,
    (from) => ({ ...placed(from), [partName(from.entry, 4)]: from.texts[2] ?? '' }),
  );
  edited(
    'digest-doubled',
    'the manifest names the first part twice, and it is there twice',
    digests(([first = '', , ...rest]) => [first, first, ...rest]),
    closed,
    (from) => ({ ...placed(from), [partName(from.entry, 2)]: from.texts[0] ?? '' }),
  );
  edited(
    'digests-swapped',
    'the manifest names two parts in the wrong order, and they lie as it says',
    digests(([first = '', next = '', ...rest]) => [next, first, ...rest]),
    closed,
    (from) => ({
      ...placed(from),
      [partName(from.entry, 1)]: from.texts[1] ?? '',
      [partName(from.entry, 2)]: from.texts[0] ?? '',
    }),
  );
  edited('salt-changed', 'a bit of the salt', ({ salt }) => ({ salt: flipBit(salt, 0) }));
  edited('salt-of-entry', "the entry's salt in place of the parts' own", () => ({ salt: plain.entry.salt }));
  edited('commitment-changed', 'a bit of the commitment', ({ com }) => ({ com: flipBit(com, 31) }));
  const inflate = (name: string, description: string, plaintext: Uint8Array): void =>
    add(name, description, made(name, plaintext, { change: { fl: 'zbc' } }), closed);
  inflate('deflate-none', 'flagged z and not deflated', value);
  inflate('deflate-cut', 'the deflate stream ends early', stored(value).subarray(0, -4));
  inflate(
    'deflate-trailing-bytes',
    'a byte behind the end of the deflate stream',
    Buffer.concat([stored(value), Buffer.of(0)]),
  );
  inflate('deflate-bomb', 'inflates to 9,000,000 bytes', DEFLATED.bomb);
}

function without(part: string, index: number): string {
  const bytes = Buffer.from(part, 'base64');
  return Buffer.concat([bytes.subarray(0, index), bytes.subarray(bytes.length + index + 1)]).toString(
    'base64',
  );
}
