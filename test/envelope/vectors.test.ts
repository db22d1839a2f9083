/** Each vector through the envelope of src, and through a reader that was written from FORMAT.md alone. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  encodeDataKeyRecord,
  encodeEntry,
  openEntry,
  parseDataKeyRecord,
  parseEntry,
  sealEntry,
} from '../../src/envelope/index.ts';
import { isWaxsealError } from '../../src/errors.ts';
import { openParameter, openRecord, openWithDataKey, Refused, toyUnwrap } from './independent.ts';
import { entries, expectedHex, records, vector, vectors } from './vector.ts';

/** A code, or the stage and code, or the value in hexadecimal. */
function outcome(work: () => Uint8Array): string {
  try {
    return Buffer.from(work()).toString('hex');
  } catch (error) {
    if (error instanceof Refused) return `${error.stage}: ${error.code}`;
    if (isWaxsealError(error)) return error.code;
    throw error;
  }
}

it('are as scripts/vectors.ts makes them', () => {
  const script = join(import.meta.dirname, '..', '..', 'scripts', 'vectors.ts');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

it('name a stage exactly where they are refused, and there are enough of them', () => {
  expect(vectors.length).toBeGreaterThan(150);
  for (const [name, { expect: expected, stage, value, dataKeyAlone }] of vectors) {
    expect(stage === undefined, name).toBe(expected === 'opens');
    if (name.startsWith('record-')) continue;
    expect(value !== undefined, name).toBe(expected === 'opens' || dataKeyAlone === 'opens');
  }
});

it('hold one failure each: every refused text differs from every other', () => {
  const cases = vectors.map(([, { parameter, asked }]) => JSON.stringify([parameter, asked]));
  expect(new Set(cases).size).toBe(cases.length);
});

describe('src, with the data key in hand', () => {
  it.each(entries)('%s', (_name, one) => {
    const { expect: expected, dataKeyAlone = expected, asked, dataKey } = one;
    const opened = outcome(() => {
      const entry = parseEntry(one.parameter);
      const key = { id: entry.core.dataKeyId, key: Buffer.from(dataKey, 'hex') };
      return openEntry(entry, `${asked.vault}/${asked.name}`, key);
    });
    expect(opened).toBe(dataKeyAlone === 'opens' ? expectedHex(one) : dataKeyAlone);
  });

  it.each(entries.filter(([, { expect: expected }]) => expected === 'opens'))(
    '%s: flags and spelling',
    (_name, { parameter, tombstone, value = '' }) => {
      const entry = parseEntry(parameter);
      expect(entry.core.flags.tombstone).toBe(tombstone === true);
      expect(encodeEntry(entry)).toBe(parameter);
      // "binary" is what FORMAT.md says of every value here: no UTF-8, or a NUL in it.
      const bytes = Buffer.from(value, 'base64');
      expect(entry.core.flags.binary).toBe(!Buffer.from(bytes.toString()).equals(bytes) || bytes.includes(0));
    },
  );

  it('seals "plain", "second-revision" and "tombstone" to the same text again', () => {
    const plain = vector('plain');
    const seal = (name: string, parent?: string): string => {
      const { core, wrapping } = parseEntry(vector(name).parameter);
      return encodeEntry(
        sealEntry({
          name: core.name,
          revision: core.revision,
          parent: parent === undefined ? undefined : parseEntry(parent),
          dataKey: { id: core.dataKeyId, key: Buffer.from(plain.dataKey, 'hex') },
          wrapping,
          sealedAt: core.sealedAt,
          value: core.flags.tombstone ? undefined : Buffer.from(plain.value ?? '', 'base64'),
          salt: core.salt,
        }),
      );
    };
    expect(seal('plain')).toBe(plain.parameter);
    expect(seal('second-revision', plain.parameter)).toBe(vector('second-revision').parameter);
    expect(seal('tombstone', plain.parameter)).toBe(vector('tombstone').parameter);
  });

  it.each(records)('%s', (_name, one) => {
    const { expect: expected, stage, parameter, asked } = one;
    const early = stage === 'parse' || stage === 'place';
    const read = outcome(() =>
      Buffer.from(encodeDataKeyRecord(parseDataKeyRecord(parameter, asked.vault)), 'utf8'),
    );
    expect(read).toBe(early ? expected : Buffer.from(parameter).toString('hex'));
  });
});

describe('the independent reader', () => {
  it.each(entries)('%s', (_name, one) => {
    const { expect: expected, stage } = one;
    let tombstone = false;
    const opened = outcome(() => {
      const { value, tombstone: deleted } = openParameter(one.parameter, one.asked, one.kmsKey);
      tombstone = deleted;
      return value;
    });
    expect(opened).toBe(expected === 'opens' ? expectedHex(one) : `${stage}: ${expected}`);
    expect(tombstone).toBe(one.tombstone === true);
  });

  it.each(entries)('%s, with the data key in hand', (_name, one) => {
    const { expect: expected, dataKeyAlone = expected, stage, asked, dataKey } = one;
    const opened = outcome(() => openWithDataKey(one.parameter, asked, Buffer.from(dataKey, 'hex')).value);
    if (dataKeyAlone === 'opens') expect(opened).toBe(expectedHex(one));
    // Without KMS, what it would have refused is refused by commitment, tag or AAD.
    else expect(opened).toBe(`${stage === 'unwrap' ? 'open' : stage}: ${dataKeyAlone}`);
  });

  it.each(records)('%s', (_name, { expect: expected, stage, parameter, asked, kmsKey, dataKey }) => {
    const opened = outcome(() => openRecord(parameter, asked.vault, kmsKey));
    expect(opened).toBe(expected === 'opens' ? dataKey : `${stage}: ${expected}`);
  });

  it('imports nothing of src', () => {
    const source = readFileSync(join(import.meta.dirname, 'independent.ts'), 'utf8');
    const imports = [...source.matchAll(/from '([^']+)'/g)].map(([, from]) => from);
    expect(imports).toEqual(['node:crypto', 'node:zlib']);
  });

  it('has a toy KMS that tells contexts apart', () => {
    const { kmsKey, parameter } = vector('plain');
    const { wk } = JSON.parse(parameter) as { wk: string };
    expect(() => toyUnwrap(Buffer.from(wk, 'base64'), Buffer.alloc(0), kmsKey)).toThrow(Refused);
  });
});
