/** What each kind of person or process may do with a vault: IAM policies, by vault path and by encryption context. */
import { createHash } from 'node:crypto';
import { RESERVED_FOLDER } from '../secret-name.ts';
import {
  ADMINISTRATION,
  ALIASING,
  CONTEXT_CONDITION,
  DESTRUCTION,
  LOOK,
  type PolicyAccount,
  type PolicyDocument,
} from './key-policy.ts';
import { VAULT_TAG } from './plan.ts';
import type { AccessLevel } from './schema.ts';

/** What {@link accessPolicy} is about. Tokens will do for all but the paths. */
export interface AccessSubject extends PolicyAccount {
  readonly vault: string;
  readonly alias: string;
  readonly descriptorName: string;
  /** The bare key id, the same in all regions. */
  readonly keyId: string;
  /** The bare ids of keys that are accepted beside it: what is under them is opened, and moved from one to the other. */
  readonly acceptedKeyIds?: readonly string[] | undefined;
  /** The vault whose key it is, where that is another one: its admins administer the key, this one's only the alias. */
  readonly sharesKeyWith?: string | undefined;
}

/** What a level is for, in a few words. */
export const ACCESS_PURPOSE: Readonly<Record<AccessLevel, string>> = {
  reader: 'reads and opens its secrets',
  writer: 'reads, opens and writes its secrets',
  admin: 'administers its key and parameters, opens nothing',
  auditor: 'looks at its key and its sealed parameters, opens nothing',
};

const READ = ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'];

/**
 * The IAM policy of one level. Regions are not named: the vault's path and key are the same in every region, so a
 * region that joins later needs no new right. Several statements of the key policy have to agree (key-policy.ts).
 * Source: KMS developer guide, "Multi-Region keys in IAM policies": `arn:aws:kms:*:account:key/mrk-…`.
 */
export function accessPolicy(level: AccessLevel, subject: AccessSubject): PolicyDocument {
  const { vault, alias, account, partition } = subject;
  const below = `arn:${partition}:ssm:*:${account}:parameter${vault}`;
  const parameter = (name: string): string => `arn:${partition}:ssm:*:${account}:parameter${name}`;
  const keyArn = (keyId: string): string => `arn:${partition}:kms:*:${account}:key/${keyId}`;
  const key = keyArn(subject.keyId);
  // Either may become the vault's own before these rights are deployed again; administered is its own key alone.
  const accepted = [key, ...(subject.acceptedKeyIds ?? []).map(keyArn)];
  const aliasArn = `arn:${partition}:kms:*:${account}:${alias}`;
  const thisVault = { StringEquals: { [CONTEXT_CONDITION]: vault } };

  // GetParametersByPath is authorised for the path itself, the others for what lies below it.
  const read = allow('ReadParameters', READ, [below, `${below}/*`]);
  const look = allow('LookAtKey', LOOK, accepted);
  const history = allow('ReadHistory', ['ssm:GetParameterHistory'], [`${below}/*`]);
  const list = allow('ListAccount', ['ssm:DescribeParameters', 'kms:ListAliases'], ['*']);
  const statements: Readonly<Record<AccessLevel, readonly object[]>> = {
    reader: [read, allow('OpenDataKeys', ['kms:Decrypt'], accepted, thisVault), look],
    writer: [
      read,
      history,
      allow('WriteParameters', ['ssm:PutParameter'], [`${below}/*`]),
      // Past parts of large secrets, besides: what they belong to stays.
      allow(
        'EndProbes',
        ['ssm:DeleteParameter'],
        [`${below}/${RESERVED_FOLDER}/probe-*`, `${below}/${RESERVED_FOLDER}/large/*`],
      ),
      // The descriptor is Terraform's.
      deny('LeaveDescriptor', ['ssm:PutParameter'], [parameter(subject.descriptorName)]),
      allow('UseDataKeys', ['kms:Decrypt', 'kms:GenerateDataKey'], accepted, thisVault),
      look,
    ],
    admin: [
      read,
      history,
      allow(
        'ManageParameters',
        [
          'ssm:PutParameter',
          'ssm:DeleteParameter',
          'ssm:DeleteParameters',
          'ssm:LabelParameterVersion',
          'ssm:UnlabelParameterVersion',
          'ssm:AddTagsToResource',
          'ssm:RemoveTagsFromResource',
          'ssm:ListTagsForResource',
        ],
        [`${below}/*`],
      ),
      // Whoever may change the policy of a key could open all that is sealed under it.
      allow('AdministerKey', subject.sharesKeyWith === undefined ? ADMINISTRATION : ALIASING, [
        key,
        aliasArn,
      ]),
      // Rewrapping shows nobody a data key.
      allow('RewrapDataKeys', ['kms:ReEncryptFrom', 'kms:ReEncryptTo'], accepted, thisVault),
      look,
      list,
    ],
    auditor: [read, history, allow('ReadTags', ['ssm:ListTagsForResource'], [`${below}/*`]), look, list],
  };
  return { Version: '2012-10-17', Statement: statements[level] as PolicyDocument['Statement'] };
}

/**
 * The IAM policy of the break-glass role, for all keys that were made for a vault. The tag says which these are: a
 * vault that is given up loses its alias before its key.
 */
export function breakGlassPolicy({ account, partition }: PolicyAccount): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      allow(
        'EndKeys',
        [...DESTRUCTION, 'kms:CancelKeyDeletion', 'kms:EnableKey', ...LOOK],
        [`arn:${partition}:kms:*:${account}:key/*`],
        { StringLike: { [`aws:ResourceTag/${VAULT_TAG}`]: '/*' } },
      ),
    ],
  };
}

/** What a principal may be written as in waxseal.json, as a trust policy wants it. */
export function trustPolicy(principals: readonly string[], partition: string): PolicyDocument {
  const services = principals.filter((principal) => /\.amazonaws\.com(\.cn)?$/.test(principal));
  const others = principals
    .filter((principal) => !services.includes(principal))
    .map((principal) => (/^\d{12}$/.test(principal) ? `arn:${partition}:iam::${principal}:root` : principal));
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: {
          ...(others.length === 0 ? {} : { AWS: others }),
          ...(services.length === 0 ? {} : { Service: services }),
        },
        Action: 'sts:AssumeRole',
      },
    ],
  };
}

/** The longest name that IAM roles and EventBridge rules may have, in characters. */
const MAX_NAME = 64;

/**
 * The name of something of a vault's that is named in the whole account: `waxseal.acme.prod.reader`. A vault's path
 * holds no dot, so no two share one. A name that is too long ends in a digest of it, and so does one with capitals:
 * two that differ in these alone are two vaults, but one name. Source: IAM user guide, "IAM and AWS STS quotas":
 * "Names are not distinguished by case".
 */
export function accountName(vault: string, what: string): string {
  const name = `waxseal${vault.replaceAll('/', '.')}.${what}`;
  if (name.length <= MAX_NAME && name === name.toLowerCase()) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  return `${name.slice(0, MAX_NAME - digest.length - 1)}.${digest}`;
}

function allow(
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
  Condition?: object,
): Readonly<Record<string, unknown>> {
  return { Sid, Effect: 'Allow', Action, Resource, ...(Condition === undefined ? {} : { Condition }) };
}

function deny(
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
): Readonly<Record<string, unknown>> {
  return { Sid, Effect: 'Deny', Action, Resource };
}
