import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js';
import { Construct } from 'constructs';
import {
  ACCESS_LEVELS,
  ACCESS_PURPOSE,
  type AccessLevel,
  accessPolicy,
  accountName,
  trustPolicy,
} from '../config/index.ts';
import { logicalId } from './logical-id.ts';
import type { SealedVault } from './sealed-vault.ts';

/** What {@link VaultAccess} is made from. */
export interface VaultAccessProps {
  readonly vault: SealedVault;
  /**
   * Roles to make, by level, and who may take each: account ids, ARNs, or services such as
   * `ecs-tasks.amazonaws.com`. Default: none; attach the policies to roles of your own.
   */
  readonly roles?: Readonly<{ [level in AccessLevel]?: readonly string[] | undefined }> | undefined;
}

/**
 * Four IAM policies for a vault, by its path and by its encryption context: `reader`, `writer`, `admin` and `auditor`.
 * They are named `waxseal.acme.prod.reader` and so on. An admin opens nothing, a writer deletes no secret, and nobody
 * deletes a key: that is the break-glass role's (see {@link BreakGlass}).
 */
export class VaultAccess extends Construct {
  readonly policies: Readonly<Record<AccessLevel, IamPolicy>>;
  /** The roles that were asked for. */
  readonly roles: ReadonlyMap<AccessLevel, IamRole>;

  constructor(scope: Construct, id: string, { vault, roles = {} }: VaultAccessProps) {
    super(scope, id);
    const { plan, keyId, where } = vault;
    const made = ACCESS_LEVELS.map((level): [AccessLevel, IamPolicy] => {
      const policy = new IamPolicy(this, level, {
        name: accountName(plan.vault, level),
        description: `vault ${plan.vault}: ${ACCESS_PURPOSE[level]}`,
        policy: JSON.stringify(
          accessPolicy(level, {
            vault: plan.vault,
            alias: plan.alias,
            descriptorName: plan.descriptorName,
            keyId,
            acceptedKeyIds: plan.acceptedKeyIds,
            sharesKeyWith: plan.sharesKeyWith,
            ...where,
          }),
        ),
        tags: { ...plan.tags },
      });
      policy.overrideLogicalId(logicalId(plan.vault, level));
      return [level, policy];
    });
    this.policies = Object.fromEntries(made) as Record<AccessLevel, IamPolicy>;
    this.roles = new Map(
      made.flatMap(([level, policy]): [AccessLevel, IamRole][] => {
        const trusted = roles[level] ?? [];
        if (trusted.length === 0) return [];
        const role = new IamRole(this, `${level}-role`, {
          name: accountName(plan.vault, level),
          description: `vault ${plan.vault}: ${ACCESS_PURPOSE[level]}`,
          assumeRolePolicy: JSON.stringify(trustPolicy(trusted, where.partition)),
          tags: { ...plan.tags },
        });
        role.overrideLogicalId(logicalId(plan.vault, level));
        const attachment = new IamRolePolicyAttachment(this, `${level}-attachment`, {
          role: role.name,
          policyArn: policy.arn,
        });
        attachment.overrideLogicalId(logicalId(plan.vault, level));
        return [[level, role]];
      }),
    );
  }
}
