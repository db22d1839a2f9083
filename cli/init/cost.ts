/** What a vault costs in an AWS account. Source: "AWS Key Management Service pricing", prices of us-east-1. */
import type { VaultPlan } from '../../src/config/index.ts';

/** US dollars a month for a KMS key; each replica of a multi-region key is one more. */
const KEY = 1;
/** The first and the second rotation of a key add this much each; later ones add nothing. */
const ROTATION = 1;
const BILLED_ROTATIONS = 2;

/** Amounts are in US dollars a month; requests come on top. */
export interface Cost {
  /** KMS keys that are made, primary and replicas. */
  readonly keys: number;
  readonly now: number;
  readonly afterTwoRotations: number;
}

/** What costs nothing: the embedded AWS. */
export const FREE: Cost = { keys: 0, now: 0, afterTwoRotations: 0 };

/** What a vault adds to the bill. A key that it adopts or shares is paid for already. */
export function cost({ key }: Pick<VaultPlan, 'key'>): Cost {
  if (key === undefined) return FREE;
  const keys = 1 + key.replicaRegions.length;
  // Keys of a custom key store are never rotated.
  const rotations = key.customKeyStoreId === undefined ? BILLED_ROTATIONS : 0;
  return { keys, now: keys * KEY, afterTwoRotations: keys * (KEY + rotations * ROTATION) };
}
