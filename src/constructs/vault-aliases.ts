import { KmsAlias } from '@cdktf/provider-aws/lib/kms-alias/index.js';
import { Construct } from 'constructs';
import type { VaultPlan } from '../config/index.ts';
import { logicalId } from './logical-id.ts';

/** What {@link VaultAliases} is made from. */
export interface VaultAliasesProps {
  readonly plan: VaultPlan;
  /** The id of the key behind the alias in a region. */
  readonly keyIdIn: (region: string) => string;
}

/**
 * A vault's alias in every region: its trust anchor, which only KMS rights can move (docs/FORMAT.md, Trust). Related
 * keys do not share aliases, so each region has its own.
 */
export class VaultAliases extends Construct {
  constructor(scope: Construct, id: string, { plan, keyIdIn }: VaultAliasesProps) {
    super(scope, id);
    for (const region of plan.regions) {
      const alias = new KmsAlias(this, region, { region, name: plan.alias, targetKeyId: keyIdIn(region) });
      alias.overrideLogicalId(logicalId(plan.vault, region));
    }
  }
}
