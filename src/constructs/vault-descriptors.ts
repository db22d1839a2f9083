import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter/index.js';
import { Construct } from 'constructs';
import { descriptorText, tagsIn, type VaultPlan } from '../config/index.ts';
import { logicalId } from './logical-id.ts';

/** What {@link VaultDescriptors} is made from. */
export interface VaultDescriptorsProps {
  readonly plan: VaultPlan;
  /** The key that the descriptor names: the bare id, the same in all regions, or a token for it. */
  readonly kmsKeyId: string;
}

/**
 * The descriptor parameter in every region of a vault: it tells a person or another tool what the entries beside it
 * are. It holds no secret, and nothing is believed because it stands there (docs/FORMAT.md, Trust).
 */
export class VaultDescriptors extends Construct {
  constructor(scope: Construct, id: string, { plan, kmsKeyId }: VaultDescriptorsProps) {
    super(scope, id);
    for (const region of plan.regions) {
      const descriptor = new SsmParameter(this, region, {
        region,
        name: plan.descriptorName,
        type: 'String',
        // Without it the account's default tier applies, which may be billed (PutParameter, "Tier").
        tier: 'Standard',
        dataType: 'text',
        value: descriptorText(plan, kmsKeyId),
        description: `waxseal vault ${plan.vault}`,
        tags: { ...tagsIn(plan, region) },
      });
      descriptor.overrideLogicalId(logicalId(plan.vault, region));
    }
  }
}
