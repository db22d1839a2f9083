/** CDKTF constructs: a vault, who may do what with it, its alarms, or all that a waxseal.json asks for, as Terraform. */
export { BreakGlass, type BreakGlassProps } from './break-glass.ts';
export { KeyAlarms, type KeyAlarmsProps } from './key-alarms.ts';
export { SealedVault, type SealedVaultProps } from './sealed-vault.ts';
export { VaultAccess, type VaultAccessProps } from './vault-access.ts';
export { VaultDescriptors, type VaultDescriptorsProps } from './vault-descriptors.ts';
export { VaultKeys, type VaultKeysProps } from './vault-keys.ts';
export { WaxsealStack, type WaxsealStackProps } from './waxseal-stack.ts';
