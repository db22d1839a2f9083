/** A small sealed file as one JSON document that a person can read and a database can keep. */
import { WaxsealError } from '../../errors.ts';
import { decodeBase64, encodeBase64 } from '../bytes.ts';
import { parseFlat } from '../json.ts';
import { CORE_FIELDS, coreFields, readCore } from './core.ts';
import { type FileHeader, readWrapping } from './header.ts';
import { byKey } from './key.ts';

/** A document, taken apart. */
export interface FileDocument extends FileHeader {
  /** The chunks with their tags, one behind the other. */
  readonly chunks: Uint8Array;
}

const VERSION = 1;
const FIELDS = ['wx', 'is', ...CORE_FIELDS, 'ct', 'wk', 'kms'] as const;

/** Writes a document, indented. */
export function encodeFileDocument({ core, wrapping, chunks }: FileDocument): string {
  const document = {
    wx: VERSION,
    is: 'envelope',
    ...coreFields(core),
    ctx: Object.fromEntries(core.context),
    ct: encodeBase64(chunks),
    wk: encodeBase64(wrapping.wrappedKey),
    kms: wrapping.kmsKeyId,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/**
 * Reads a document; nothing of it is trusted yet. Spaces and the order of fields may differ, since databases and
 * formatters write JSON anew: what the chunks are bound to is spelled from the fields, not taken from the text.
 * @throws WaxsealError `malformed`
 */
export function parseFileDocument(text: string): FileDocument {
  const fields = parseFlat(text, FIELDS);
  if (fields.number('wx') !== VERSION) {
    throw new WaxsealError('malformed', 'it is of a version that is not known; a newer waxseal may read it');
  }
  fields.string('is', /^envelope$/);
  const context = fields.value('ctx');
  if (typeof context !== 'object' || context === null || Array.isArray(context)) {
    throw new WaxsealError('malformed', 'field "ctx" is not as the format has it');
  }
  const pairs = Object.entries(context as Readonly<Record<string, string>>).sort(byKey);
  return {
    core: readCore({ ...fields, value: (field) => (field === 'ctx' ? pairs : fields.value(field)) }),
    wrapping: readWrapping(fields),
    chunks: decodeBase64(fields.string('ct'), 'ct'),
  };
}
