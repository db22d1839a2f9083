export {
  type DataKeyId,
  type DataKeyRecord,
  encodeDataKeyRecord,
  encryptionContext,
  formatDataKeyId,
  parseDataKeyId,
  parseDataKeyRecord,
} from './data-key.ts';
export {
  checkPlace,
  type DataKey,
  type Entry,
  type EntryCore,
  type EntryFlags,
  type EntryWrapping,
  encodeEntry,
  entryDigest,
  isText,
  openEntry,
  parseEntry,
  type SealInput,
  type Slot,
  sameEntry,
  sealEntry,
} from './entry.ts';
export { DATA_KEY_BYTES, SALT_BYTES, TAG_BYTES } from './suite.ts';
