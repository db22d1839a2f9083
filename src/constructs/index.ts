/** CDKTF constructs: a vault, or all vaults of a waxseal.json, as Terraform. */
export { SealedVault, type SealedVaultProps } from './sealed-vault.ts';
export { VaultDescriptors, type VaultDescriptorsProps } from './vault-descriptors.ts';
export { VaultKeys, type VaultKeysProps } from './vault-keys.ts';
export { WaxsealStack, type WaxsealStackProps } from './waxseal-stack.ts';
