export type {
  KeyWrapper,
  ParameterStore,
  Region,
  StoredParameter,
  UnwrappedKey,
  WriteOptions,
} from './ports.ts';
export { noVault } from './read.ts';
export type {
  BehindRegion,
  CopyState,
  HistoryItem,
  ImportItem,
  ImportProgress,
  ImportResult,
  ListedSecret,
  Listing,
  Secret,
  Vault,
  VaultOptions,
  WriteRequest,
  WriteResult,
} from './types.ts';
export { createVault } from './vault.ts';
