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
export {
  createFileOpener,
  createFileSealer,
  type FileKey,
  type FileOpener,
  type FileSealer,
} from './file/chunks.ts';
export { checkFilePlace, type FilePlace } from './file/core.ts';
export { encodeFileDocument, type FileDocument, parseFileDocument } from './file/document.ts';
export {
  BLOCK_BYTES,
  beginsAsFile,
  cutInHeader,
  encodeFileHeader,
  encodeFileWrapping,
  type FileHeader,
  type FileWrapping,
  type FoundHeader,
  parseFileHeader,
} from './file/header.ts';
export {
  type ContextPair,
  contextPairs,
  type FileKeyId,
  fileEncryptionContext,
  formatFileKeyId,
} from './file/key.ts';
export {
  countParts,
  inlineRelease,
  openRelease,
  packItems,
  parseManifest,
  partDigest,
  type ReleaseItem,
  type ReleaseManifest,
  type ReleasePlace,
  type SealedRelease,
  sealRelease,
  unpackItems,
} from './release.ts';
export { DATA_KEY_BYTES, SALT_BYTES, TAG_BYTES } from './suite.ts';
