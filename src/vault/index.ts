export { MAX_LARGE_BYTES } from '../envelope/index.ts';
export type {
  BackupCounts,
  BackupHeader,
  BackupOptions,
  BackupResult,
  BackupSource,
  BackupSummary,
  RestoreOptions,
  RestoreResult,
  Step,
} from './backup/types.ts';
export { type BootVault, createBootVault } from './boot-vault.ts';
export type { DataKeyPolicy, DataKeyUse } from './data-key-cache.ts';
export type {
  DrilledEntries,
  DrilledLoad,
  DrilledRegion,
  DrillOptions,
  DrillProgress,
  DrillReport,
  LostWrite,
} from './drill/report.ts';
export { countExpiring, EXPIRING_WITHIN, expiryNote, expiryState, expiryWords } from './expiry.ts';
export { createHealth, type RegionHealth } from './health.ts';
export type { Vault } from './interface.ts';
export type {
  KeyCounts,
  KeyProblem,
  KeyUsage,
  RegionKeyUsage,
  RewrapPlan,
  RewrapRegion,
  RewrapResult,
} from './key/rewrap/types.ts';
export type {
  PutBack,
  RotateOptions,
  RotationKind,
  RotationPlan,
  RotationProblem,
  RotationResult,
} from './key/rotate/types.ts';
export { MOST_DAYS, readExpiry, readSpan, writeExpiry } from './lifetime.ts';
export { DEFAULT_QUOTA } from './pace.ts';
export type {
  KeyWrapper,
  ParameterStore,
  Region,
  RewrappedKey,
  StoredParameter,
  UnwrappedKey,
  WriteOptions,
} from './ports.ts';
export { noVault } from './read.ts';
export type {
  CellStatus,
  ConflictSide,
  CopyState,
  DataKeyCopy,
  DataKeyStatus,
  EntryStatus,
  Leftover,
  RegionStatus,
  ReleaseCopy,
  ReleaseStatus,
  SyncAction,
  SyncConflict,
  SyncKind,
  SyncOptions,
  SyncPlan,
  SyncPreference,
  SyncProblem,
  SyncResult,
  VaultStatus,
} from './region/types.ts';
export type {
  BootOptions,
  ListedRelease,
  ReleaseDifference,
  ReleaseState,
  SealedTexts,
  SeenRelease,
} from './release/types.ts';
export { mergeBehind, publishingWithEach, withoutReleases } from './release/with-each.ts';
export { HEDGE_AFTER } from './scope.ts';
export type {
  BehindRegion,
  Booted,
  HistoryItem,
  ImportItem,
  ImportProgress,
  ImportResult,
  ListedSecret,
  Listing,
  PublishResult,
  PurgeRequest,
  PurgeResult,
  Secret,
  SecretRevision,
  UndoResult,
  ValueSize,
  VaultOptions,
  WhichRevision,
  WriteRequest,
  WriteResult,
} from './types.ts';
export { createVault } from './vault.ts';
export type {
  Finding,
  FindingKind,
  Gravity,
  Verdict,
  VerifiedParameter,
  VerifiedRegion,
  VerifyOptions,
  VerifyReport,
} from './verify/types.ts';
