import { DataAwsKmsKey } from '@cdktf/provider-aws/lib/data-aws-kms-key/index.js';
import { Construct } from 'constructs';
import type { VaultPlan } from '../config/index.ts';
import { logicalId } from './logical-id.ts';

/** What {@link AdoptedKey} is made from. */
export interface AdoptedKeyProps {
  readonly plan: VaultPlan;
  /** The bare id of the key, or a token. */
  readonly keyId: string;
}

/**
 * Looks at the key that a vault adopts, in each of its regions: a key that is not there, or about to be deleted, stops
 * the plan before an alias stands in front of it. The key, its replicas and its policy stay whose they are.
 */
export class AdoptedKey extends Construct {
  constructor(scope: Construct, id: string, { plan, keyId }: AdoptedKeyProps) {
    super(scope, id);
    for (const region of plan.regions) {
      const key = new DataAwsKmsKey(this, region, {
        region,
        keyId,
        lifecycle: {
          postcondition: [
            {
              condition: `\${self.key_state == "Enabled"}`,
              errorMessage: `The key that vault ${plan.vault} adopts is not enabled in ${region}: cancel its deletion or enable it, or name another key.`,
            },
            ...(plan.regions.length === 1
              ? []
              : [
                  {
                    condition: `\${self.multi_region}`,
                    errorMessage: `The key that vault ${plan.vault} adopts exists in one region only: replicas could not open anything.`,
                  },
                ]),
          ],
        },
      });
      key.overrideLogicalId(logicalId(plan.vault, region));
    }
  }
}
