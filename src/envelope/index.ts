export { prepareInflate } from './compress.ts';
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
  entryIn,
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
  countLargeParts,
  MAX_LARGE_BYTES,
  openLarge,
  parseLargeManifest,
  type SealedLarge,
  sealLarge,
} from './large.ts';
export { countParts, type Manifest, openParts, partDigest, sealParts } from './parts.ts';
export {
  inlineRelease,
  packItems,
  parseManifest,
  type ReleaseItem,
  type ReleaseManifest,
  releaseInParts,
  type SealedRelease,
  unpackItems,
} from './release.ts';
export { DATA_KEY_BYTES, SALT_BYTES, TAG_BYTES } from './suite.ts';
