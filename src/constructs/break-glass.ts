import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js';
import { Construct } from 'constructs';
import { BREAK_GLASS_ROLE, breakGlassPolicy, trustPolicy } from '../config/index.ts';
import { WaxsealError } from '../errors.ts';

/** What {@link BreakGlass} is made from. */
export interface BreakGlassProps {
  /** The role's name or ARN, as the vaults' key policies have it. Default: `waxseal-break-glass`. */
  readonly role?: string | undefined;
  /** Who may take the role. It is made when anybody is named; default: nobody, the role is yours to make. */
  readonly trustedBy?: readonly string[] | undefined;
  /** The account id, 12 digits or a token. */
  readonly account: string;
  /** The partition, such as `aws`, or a token. */
  readonly partition: string;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/**
 * The IAM policy, and on request the role, by which a vault's key can be disabled and deleted: the key policies deny
 * that to everybody else. Source: IAM user guide, "Break glass access".
 * @throws WaxsealError `config_invalid`
 */
export class BreakGlass extends Construct {
  readonly policy: IamPolicy;
  readonly role: IamRole | undefined;

  constructor(scope: Construct, id: string, props: BreakGlassProps) {
    super(scope, id);
    const { role = BREAK_GLASS_ROLE, trustedBy = [], partition } = props;
    const description = 'disables and deletes the keys of waxseal vaults, which nobody else can';
    this.policy = new IamPolicy(this, 'policy', {
      name: 'waxseal.break-glass',
      description,
      policy: JSON.stringify(breakGlassPolicy(props)),
      tags: { ...props.tags },
    });
    this.policy.overrideLogicalId('break_glass');
    if (trustedBy.length === 0) return;
    if (role.startsWith('arn:')) {
      throw new WaxsealError(
        'config_invalid',
        `break-glass role ${role} exists already, so it cannot be made`,
        {
          hint: 'give a name in place of the ARN, or leave out "trustedBy"',
        },
      );
    }
    this.role = new IamRole(this, 'role', {
      name: role,
      description,
      // Taking it should be rare and short: one hour is the least that IAM allows.
      maxSessionDuration: 3600,
      assumeRolePolicy: JSON.stringify(trustPolicy(trustedBy, partition)),
      tags: { ...props.tags },
    });
    this.role.overrideLogicalId('break_glass');
    const attachment = new IamRolePolicyAttachment(this, 'attachment', {
      role: this.role.name,
      policyArn: this.policy.arn,
    });
    attachment.overrideLogicalId('break_glass');
  }
}
