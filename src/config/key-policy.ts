/** The policy of a vault's key: who may do what with it, whatever IAM says. */
import { VAULT_CONTEXT_KEY } from '../secret-name.ts';
import type { KeyPlan } from './plan.ts';
import type { Config } from './schema.ts';

/** A policy document, as IAM and KMS take it. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

/** The account that a policy is for. */
export interface PolicyAccount {
  /** 12 digits; a Terraform token will do. */
  readonly account: string;
  /** `aws`, `aws-cn`, …; a Terraform token will do. */
  readonly partition: string;
}

/** Bytes that KMS takes. Source: PutKeyPolicy, "Policy … maximum 32768". */
export const MAX_KEY_POLICY = 32_768;

/** The condition key of the encryption context field that holds the vault's path. */
export const CONTEXT_CONDITION: string = `kms:EncryptionContext:${VAULT_CONTEXT_KEY}`;

/** What everybody may see who has to do with a key. */
export const LOOK: readonly string[] = [
  'kms:DescribeKey',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:List*',
];

/** What gives a key its alias, on the alias and on the key. */
export const ALIASING: readonly string[] = ['kms:CreateAlias', 'kms:UpdateAlias', 'kms:DeleteAlias'];

/** What administrators do. Neither opening nor deleting is among it. */
export const ADMINISTRATION: readonly string[] = [
  ...ALIASING,
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:DisableKeyRotation',
  'kms:RotateKeyOnDemand',
  'kms:PutKeyPolicy',
  'kms:UpdateKeyDescription',
  'kms:UpdatePrimaryRegion',
  'kms:ReplicateKey',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:CancelKeyDeletion',
];

/** What ends a key: it, and with it every secret that was sealed under it. */
export const DESTRUCTION: readonly string[] = ['kms:ScheduleKeyDeletion', 'kms:DisableKey'];

/**
 * The policy of the primary key and, because a replica made without one gets KMS's default policy, of each replica.
 *
 * Each right needs an IAM policy besides this one (a principal `…:root` stands for "whomever IAM of this account
 * lets"), the two denials hold whatever IAM says, and the account's root user alone can mend a policy that has locked
 * everybody out. Grants are possible for nobody.
 * Source: KMS developer guide, "Key policies", "kms:EncryptionContext:context-key"; IAM user guide,
 * "aws:PrincipalArn": for a role session it is the role's ARN, for the root user `arn:aws:iam::account:root`.
 */
export function keyPolicy(
  key: Pick<KeyPlan, 'vaults'>,
  config: Pick<Config, 'administrators' | 'breakGlass'>,
  where: PolicyAccount,
): PolicyDocument {
  const root = `arn:${where.partition}:iam::${where.account}:root`;
  const breakGlass = breakGlassArn(config.breakGlass.role, where);
  const allow = (Sid: string, Action: readonly string[], Condition?: object): PolicyStatement => ({
    Sid,
    Effect: 'Allow',
    Principal: { AWS: root },
    Action,
    Resource: '*',
    ...(Condition === undefined ? {} : { Condition }),
  });
  const deny = (Sid: string, Action: readonly string[], Condition: object): PolicyStatement => ({
    Sid,
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Action,
    Resource: '*',
    Condition,
  });
  const administrators =
    config.administrators.length === 0
      ? undefined
      : { ArnLike: { 'aws:PrincipalArn': config.administrators } };
  return {
    Version: '2012-10-17',
    Statement: [
      allow('RecoverAsAccountRoot', [...LOOK, 'kms:PutKeyPolicy', 'kms:CancelKeyDeletion', 'kms:EnableKey'], {
        ArnEquals: { 'aws:PrincipalArn': root },
      }),
      allow('LookThroughIam', LOOK),
      allow('AdministerThroughIam', ADMINISTRATION, administrators),
      allow(
        'UseForItsVaultsThroughIam',
        ['kms:GenerateDataKey', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
        // To the root user itself `…:root` gives the right at once, without any IAM policy.
        {
          StringEquals: { [CONTEXT_CONDITION]: key.vaults },
          ArnNotEquals: { 'aws:PrincipalArn': root },
        },
      ),
      allow('BreakGlass', [...DESTRUCTION, 'kms:CancelKeyDeletion', 'kms:EnableKey'], {
        ArnEquals: { 'aws:PrincipalArn': breakGlass },
      }),
      // A negated operator holds where the key is missing too: no context is refused like a foreign one.
      deny('NeverWithoutContext', ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'], {
        StringNotEquals: { [CONTEXT_CONDITION]: key.vaults },
      }),
      deny('NeverEndedOutsideBreakGlass', DESTRUCTION, {
        ArnNotEquals: { 'aws:PrincipalArn': breakGlass },
      }),
    ],
  };
}

type PolicyStatement = Readonly<Record<string, unknown>>;

/** The ARN of the role that may delete keys. */
export function breakGlassArn(role: string, { account, partition }: PolicyAccount): string {
  return role.startsWith('arn:') ? role : `arn:${partition}:iam::${account}:role/${role}`;
}

/** Bytes of a key's policy, whatever the account. */
export function keyPolicySize(
  key: Pick<KeyPlan, 'vaults'>,
  config: Pick<Config, 'administrators' | 'breakGlass'>,
): number {
  const where = { account: '0'.repeat(12), partition: 'aws-us-gov' };
  return Buffer.byteLength(JSON.stringify(keyPolicy(key, config, where)));
}
