/** waxseal as a library: load secrets at start, open a vault, seal and open entries. */
export {
  type DataKey,
  type Entry,
  encodeEntry,
  type Manifest,
  openEntry,
  openLarge,
  parseEntry,
  parseLargeManifest,
  type SealedLarge,
  type SealInput,
  sealEntry,
  sealLarge,
} from './envelope/index.ts';
export { type ErrorCode, isWaxsealError, WaxsealError } from './errors.ts';
export {
  type DecryptOptions,
  decryptStream,
  type EncryptOptions,
  encryptStream,
  makeStreamKey,
  openStreamKey,
  type StreamBinding,
  type StreamKey,
  type StreamVault,
} from './file/index.ts';
export {
  type ExpiringSecret,
  type Explain,
  type LastKnownGood,
  type LoadOptions,
  loadSecrets,
  type ObservedCall,
  refreshSecrets,
  type Secrets,
  type SecretsOrigin,
  type StandardSchema,
  secretsOrigin,
} from './loader/index.ts';
export { type OpenVault, type OpenVaultOptions, openVault } from './open-vault.ts';
export type {
  DataKeyPolicy,
  DataKeyUse,
  HistoryItem,
  ListedSecret,
  Listing,
  Secret,
  SecretRevision,
  UndoResult,
  ValueSize,
  Vault,
  WhichRevision,
  WriteRequest,
  WriteResult,
} from './vault/index.ts';
export { partNames as largePartNames } from './vault/large/place.ts';
