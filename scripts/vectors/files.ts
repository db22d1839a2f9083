/** Sealed files. */
import { fixedBytes, flipBit, toyWrap } from '../../test/envelope/craft.ts';
import {
  type FileFields,
  type FileSeal,
  type FileVector,
  fileContextOf,
  sealFile,
  wrappingLine,
} from '../../test/envelope/craft-file.ts';
import { dataKey, kmsKey, OTHER_VAULT, otherDataKey, otherKmsKey, VAULT } from './base.ts';

const DK = '1763788000.9f86d081884c7d65';
const CONTEXT = { table: 'orders' };
const SIZE = 1024;
/** Two whole chunks and a part of one. */
const value = fixedBytes('file value', 2500);

/** All vectors of files. */
export const fileVectors: Map<string, FileVector> = new Map<string, FileVector>();

type Outcome = Partial<Omit<FileVector, 'description' | 'file'>>;

interface Made {
  readonly fields: FileFields;
  readonly chunks: readonly Buffer[];
  readonly wk: string;
  readonly kms: string;
}

function made(
  label: string,
  plaintext: Uint8Array = value,
  change: Partial<FileFields> = {},
  how: Partial<FileSeal> = {},
): Made {
  const fields: FileFields = {
    suite: 1,
    vault: VAULT,
    dk: DK,
    ctx: [['table', 'orders']],
    as: '',
    salt: fixedBytes(`file salt ${label}`, 32).toString('base64'),
    com: '',
    at: 1763788100,
    size: SIZE,
    ...change,
  };
  const wk = toyWrap(kmsKey, fileContextOf(VAULT, DK, CONTEXT), dataKey, 'file');
  return { ...sealFile(fields, plaintext, { dataKey, ...how }), wk, kms: kmsKey.id };
}

function line({ fields }: Made): Buffer {
  return Buffer.from(`${JSON.stringify(fields)}\n`);
}

function bytesOf(file: Made): Buffer {
  return Buffer.concat([wrappingLine(file.wk, file.kms), line(file), ...file.chunks]);
}

function add(name: string, description: string, file: Made | Buffer, outcome: Outcome = {}): void {
  if (fileVectors.has(name)) throw new Error(`two vectors are called ${name}`);
  const { expect = 'opens', stage, asked = { vault: VAULT, context: CONTEXT, as: '' }, ...rest } = outcome;
  fileVectors.set(name, {
    description,
    expect,
    ...(stage === undefined ? {} : { stage }),
    asked,
    kmsKey,
    dataKey: dataKey.toString('hex'),
    ...(expect === 'opens' ? { value: value.toString('base64') } : {}),
    ...rest,
    file: (Buffer.isBuffer(file) ? file : bytesOf(file)).toString('base64'),
  });
}

const plain = made('plain');
const plainBytes = bytesOf(plain);
const HEADER = 512 + line(plain).length;
const asked = { vault: VAULT, context: CONTEXT, as: '' };
const bad = { expect: 'malformed', stage: 'parse' } as const;
const elsewhere = { expect: 'misplaced', stage: 'place' } as const;
const closed = { expect: 'decrypt_failed', stage: 'open' } as const;
const notUnwrapped = { expect: 'decrypt_failed', stage: 'unwrap' } as const;

/** All of them. */
export function files(): void {
  opening();
  spelled();
  fieldsOutOfRange();
  placed();
  wrapped();
  chunked();
}

function opening(): void {
  add('plain', 'two whole chunks and a part of one', plain);
  const of = (name: string, description: string, bytes: Uint8Array, change: Partial<FileFields> = {}): void =>
    add(name, description, made(name, bytes, change), { value: Buffer.from(bytes).toString('base64') });
  of('empty', 'no bytes: one empty chunk', new Uint8Array(0));
  of('one-byte', 'one byte', Uint8Array.of(0));
  of('one-chunk', 'as many bytes as one chunk has: it is the last', value.subarray(0, SIZE));
  of('two-chunks', 'as many bytes as two chunks have: no empty one behind them', value.subarray(0, 2 * SIZE));
  of('one-more', 'one byte more than a chunk has', value.subarray(0, SIZE + 1));
  of('largest-chunk', 'chunks of 1,048,576 bytes', value, { size: 1_048_576 });
  add('named', 'sealed under a name', made('named', value, { as: 'orders/42' }), {
    asked: { ...asked, as: 'orders/42' },
  });
  const bare = made('no-context', value, { ctx: [] });
  add(
    'no-context',
    'the user bound it to nothing',
    { ...bare, wk: toyWrap(kmsKey, fileContextOf(VAULT, DK), dataKey, 'bare') },
    { asked: { ...asked, context: {} } },
  );
  const pairs = { a: '1', 'b:c/d@e.f_g-h': ' !#[]~', '10': '', '9': 'x' };
  const ctx = Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1));
  const many = made('many-pairs', value, { ctx });
  add(
    'many-pairs',
    'pairs in the order of their bytes: "10" before "9"',
    { ...many, wk: toyWrap(kmsKey, fileContextOf(VAULT, DK, pairs), dataKey, 'pairs') },
    { asked: { ...asked, context: pairs } },
  );
  const wk = toyWrap(otherKmsKey, fileContextOf(VAULT, DK, CONTEXT), dataKey, 'file');
  add(
    'rewrapped',
    'the data key was put under another KMS key: nothing but the first 512 bytes differs from "plain"',
    { ...plain, wk, kms: otherKmsKey.id },
    { kmsKey: otherKmsKey },
  );
  add('document', 'as a JSON document', document(plain));
  add(
    'document-respelled',
    'the same in other spaces and another order',
    Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(jsonOf(plain)).reverse()))),
  );
}

function jsonOf({ fields, chunks, wk, kms }: Made): Record<string, unknown> {
  const ct = Buffer.concat(chunks).toString('base64');
  return { wx: 1, is: 'envelope', ...fields, ctx: Object.fromEntries(fields.ctx), ct, wk, kms };
}

function document(file: Made): Buffer {
  return Buffer.from(`${JSON.stringify(jsonOf(file), undefined, 2)}\n`);
}

function spelled(): void {
  const text = (name: string, description: string, from: string | RegExp, to: string): void => {
    const [first, rest] = [plainBytes.subarray(0, HEADER).toString(), plainBytes.subarray(HEADER)];
    const edited = first.replace(from, to);
    if (edited === first) throw new Error(`nothing to replace: ${from}`);
    add(name, description, Buffer.concat([Buffer.from(edited), rest]), bad);
  };
  add('nothing', 'no bytes at all', Buffer.alloc(0), bad);
  add('not-sealed', 'the plain file', value, bad);
  add('entry', "a secret's entry and not a file", Buffer.from('{"wx":1,"suite":1}'), bad);
  text('version-2', 'a version that is not specified', '{"wx":1,', '{"wx":2,');
  text('other-kind', 'it says that it is something else', '"is":"file"', '"is":"file2"');
  text('padding-missing', 'the first line is not a multiple of 512 bytes', / +\n/, '\n');
  text('padding-doubled', '512 spaces too many', '\n', `${' '.repeat(512)}\n`);
  text('padding-tab', 'a tab among the spaces', ' \n', '\t\n');
  text(
    'space-in-first-line',
    'a space behind a colon',
    '"wx":1,"is":"file","wk":',
    '"wx":1,"is":"file","wk": ',
  );
  text('space-in-second-line', 'a space behind a colon', '"suite":1', '"suite": 1');
  text('carriage-return', 'the second line ends as Windows has it', /\}\n$/, '}\r\n');
  text('order', 'vault before suite', `"suite":1,"vault":"${VAULT}"`, `"vault":"${VAULT}","suite":1`);
  text('field-unknown', 'one field more', /\}\n$/, ',"x":1}\n');
  text('field-missing', 'no time', ',"at":1763788100', '');
  text('field-twice', 'the time twice', '"at":1763788100', '"at":1763788100,"at":1763788100');
  text('wrapped-key-missing', 'an empty wrapped key', /"wk":"[^"]*"/, '"wk":""');
  text('salt-unpadded', 'base64 without its padding', /("salt":"[^"=]*)=/, '$1');
  add('cut-in-header', 'ends within the header', plain, { ...bad, cuts: [0, HEADER - 1] });
  const endless = Buffer.concat([plainBytes.subarray(0, HEADER - 1), Buffer.alloc(20_000, 0x20)]);
  add('endless-line', 'a second line of more than 16,384 bytes', endless, bad);
  add(
    'document-field-missing',
    'a document without its data key',
    Buffer.from(JSON.stringify({ ...jsonOf(plain), wk: undefined })),
    bad,
  );
  add('document-cut', 'a document that ends early', document(plain).subarray(0, 900), bad);
}

function fieldsOutOfRange(): void {
  // Sealed as they say, so that nothing but the field itself is wrong.
  const range = (name: string, description: string, change: Partial<FileFields>): void =>
    add(name, description, made(name, value, change), bad);
  range('suite-2', 'a suite that is not specified', { suite: 2 });
  range('chunks-of-512', 'chunks that are too small', { size: 512 });
  range('chunks-of-2-mib', 'chunks that are too large', { size: 2_097_152 });
  range('chunks-of-1500', 'chunks of a size that is no power of two', { size: 1500 });
  range('name-with-quote', 'a name that JSON escapes', { as: '"' });
  range('vault-relative', 'a vault without its slash', { vault: 'acme/prod' });
  range('data-key-with-generation', "the id of a vault's data key", { dk: `1.${DK}` });
  range('context-out-of-order', 'pairs in another order', {
    ctx: [
      ['table', 'orders'],
      ['a', '1'],
    ],
  });
  range('context-twice', 'a key twice', {
    ctx: [
      ['table', 'orders'],
      ['table', 'orders'],
    ],
  });
  range('context-case', 'a key twice, in another case', {
    ctx: [
      ['Table', 'x'],
      ['table', 'orders'],
    ],
  });
  range('context-reserved', "a key of waxseal's own", { ctx: [['waxseal:vault', VAULT]] });
  range('context-reserved-case', 'the same in capitals', { ctx: [['WAXSEAL:VAULT', VAULT]] });
  const [salt, com] = [plain.fields.salt, plain.fields.com].map((field) =>
    Buffer.from(field, 'base64').subarray(1).toString('base64'),
  );
  add('salt-short', 'a salt of 31 bytes', { ...plain, fields: { ...plain.fields, salt: salt ?? '' } }, bad);
  add(
    'commitment-short',
    'a commitment of 31 bytes',
    { ...plain, fields: { ...plain.fields, com: com ?? '' } },
    bad,
  );
}

function placed(): void {
  add('other-vault', 'asked for in another vault', plain, {
    ...elsewhere,
    asked: { ...asked, vault: OTHER_VAULT },
  });
  const context = (name: string, description: string, pairs: Record<string, string>): void =>
    add(name, description, plain, { ...elsewhere, asked: { ...asked, context: pairs } });
  context('context-other', 'asked for with another value', { table: 'users' });
  context('context-less', 'asked for without a pair that it was sealed with', {});
  context('context-more', 'asked for with one pair more', { ...CONTEXT, row: '1' });
  add('other-name', 'the row of another id', made('row', value, { as: 'orders/42' }), {
    ...elsewhere,
    asked: { ...asked, as: 'orders/43' },
  });
}

function wrapped(): void {
  const wrap = (label: string, pairs: Record<string, string>, key: Uint8Array = dataKey): Made => ({
    ...plain,
    wk: toyWrap(kmsKey, pairs, key, label),
  });
  const field = (change: Partial<FileFields>): Made => ({ ...plain, fields: { ...plain.fields, ...change } });
  add(
    'purpose-missing',
    "wrapped as a vault's data key",
    wrap('purpose', {
      'waxseal:vault': VAULT,
      'waxseal:data-key': '9f86d081884c7d65',
      'waxseal:created': '1763788000',
      'waxseal:generation': '1',
    }),
    notUnwrapped,
  );
  add(
    'wrapped-for-other-context',
    'wrapped for another table',
    wrap('other', fileContextOf(VAULT, DK, { table: 'x' })),
    notUnwrapped,
  );
  add(
    'wrapped-for-other-vault',
    'wrapped for another vault',
    wrap('vault', fileContextOf(OTHER_VAULT, DK, CONTEXT)),
    notUnwrapped,
  );
  add(
    'data-key-renamed',
    'passed off as another data key',
    field({ dk: DK.replace('9f', '9e') }),
    notUnwrapped,
  );
  add(
    'data-key-younger',
    'passed off as made later',
    field({ dk: DK.replace('8000', '8001') }),
    notUnwrapped,
  );
  add(
    'wrapped-key-changed',
    'a bit of the wrapped key',
    { ...plain, wk: flipBit(plain.wk, 60) },
    notUnwrapped,
  );
  add(
    'wrapped-key-of-other',
    'another data key, wrapped as this one',
    wrap('foreign', fileContextOf(VAULT, DK, CONTEXT), otherDataKey),
    closed,
  );
  add(
    'data-key-of-16-bytes',
    'it holds 16 bytes',
    wrap('short', fileContextOf(VAULT, DK, CONTEXT), dataKey.subarray(0, 16)),
    { expect: 'malformed', stage: 'unwrap' },
  );
  const foreign = toyWrap(otherKmsKey, fileContextOf(VAULT, DK, CONTEXT), dataKey, 'theirs');
  add(
    'foreign-kms-key',
    'wrapped by another KMS key',
    { ...plain, wk: foreign, kms: otherKmsKey.id },
    { expect: 'foreign_key', stage: 'unwrap' },
  );
  add(
    'kms-changed',
    'names another KMS key than the one that wrapped',
    { ...plain, kms: otherKmsKey.id },
    { expect: 'foreign_key', stage: 'unwrap' },
  );
}

function chunked(): void {
  const [a, b, c] = plain.chunks as [Buffer, Buffer, Buffer];
  const of = (name: string, description: string, chunks: readonly Buffer[]): void =>
    add(name, description, { ...plain, chunks }, closed);
  const flip = (chunk: Buffer, at: number): Buffer =>
    Buffer.from(flipBit(chunk.toString('base64'), at), 'base64');
  const change = (name: string, description: string, fields: Partial<FileFields>): void =>
    add(name, description, { ...plain, fields: { ...plain.fields, ...fields } }, closed);
  const wrong = (
    name: string,
    description: string,
    how: Partial<FileSeal>,
    plaintext: Uint8Array = value,
  ): void => add(name, description, made(name, plaintext, {}, how), closed);
  add('cut-in-chunks', 'ends within or between the chunks', plain, {
    ...closed,
    cuts: [HEADER, plainBytes.length - 1],
  });
  of('chunks-swapped', "the first two in each other's place", [b, a, c]);
  of('chunk-doubled', 'the first one twice', [a, a, b, c]);
  of('chunk-left-out', 'without the second', [a, c]);
  of('first-left-out', 'without the first', [b, c]);
  of('last-left-out', 'without the last', [a, b]);
  of('last-doubled', 'the last one twice', [a, b, c, c]);
  of('byte-appended', 'one byte behind the end', [a, b, Buffer.concat([c, Buffer.of(0)])]);
  of('file-appended', 'the whole file behind its end', [a, b, c, plainBytes]);
  of('chunk-of-other-file', 'the second one of another file under the same data key', [
    a,
    made('sibling').chunks[1] ?? b,
    c,
  ]);
  of('first-bit', 'a bit of the first byte', [flip(a, 0), b, c]);
  of('tag-bit', "a bit of a chunk's tag", [a, flip(b, -1), c]);
  of('last-bit', 'the last bit', [a, b, flip(c, -1)]);
  const sibling = made('sibling');
  change('salt-changed', 'the salt of another file', { salt: sibling.fields.salt });
  change('commitment-changed', 'a bit of the commitment', { com: flipBit(plain.fields.com, 0) });
  change('time-changed', 'sealed a second later', { at: 1763788101 });
  change('size-changed', 'chunks of twice the size', { size: 2 * SIZE });
  add(
    'name-changed',
    'a name that was put in later',
    { ...plain, fields: { ...plain.fields, as: 'orders/42' } },
    {
      ...closed,
      asked: { ...asked, as: 'orders/42' },
    },
  );
  wrong('commitment-of-other-key', 'the chunks are under the data key, the commitment is to another', {
    committedKey: otherDataKey,
  });
  wrong('key-of-other-commitment', 'the commitment is right, the chunks are under another data key', {
    dataKey: otherDataKey,
    committedKey: dataKey,
  });
  wrong('other-purpose', 'key and commitment were derived for an entry', { purpose: 'entry' });
  wrong('counter-from-1', 'chunks counted from 1', { first: 1 });
  wrong('last-not-marked', 'no chunk is marked as the last', { marks: 'none' });
  wrong('all-marked', 'each chunk is marked as the last', { marks: 'all' });
  wrong('empty-last', 'an empty chunk behind a whole one', { sizes: [SIZE, 0] }, value.subarray(0, SIZE));
  wrong('short-in-between', 'a chunk in the middle that is not whole', { sizes: [SIZE, SIZE - 1, 453] });
  wrong('long-chunk', 'one chunk of more bytes than it may have', { sizes: [2500] });
  wrong('bound-to-other-line', 'the chunks are bound to another time', { bound: { at: 1 } });
}
