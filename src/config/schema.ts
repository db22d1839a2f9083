/** The shape of waxseal.json. `waxseal.schema.json`, which editors read, is generated from here. */
import * as v from 'valibot';
import { DATA_KEY_MAX_AGE } from './data-key-age.ts';
import { KEY_ID } from './key-id.ts';
import { REGION_NAME } from './regions.ts';

/** What somebody may do with a vault, each by a policy of its own. */
export const ACCESS_LEVELS = ['reader', 'writer', 'admin', 'auditor'] as const;
/** One of {@link ACCESS_LEVELS}. */
export type AccessLevel = (typeof ACCESS_LEVELS)[number];

/** The role that may delete keys, where waxseal.json names no other. */
export const BREAK_GLASS_ROLE = 'waxseal-break-glass';

/** One vault of waxseal.json, defaults filled in. */
export interface VaultConfig {
  /** The region where revisions are decided. */
  readonly home: string;
  /** Regions that hold a full copy, nearest first. */
  readonly replicas: readonly string[];
  /** The region of the KMS primary key, where it is not the home region. */
  readonly primary?: string | undefined;
  /** An existing KMS key that the vault adopts: its id or ARN. None is made then. */
  readonly keyId?: string | undefined;
  /** KMS keys, by id or ARN, that are accepted beside the vault's own while it is rewrapped. */
  readonly acceptedKeyIds: readonly string[];
  /** The vault whose key this one uses, too. */
  readonly sharesKeyWith?: string | undefined;
  /** The custom key store that the key is made in. */
  readonly customKeyStoreId?: string | undefined;
  /** The largest parameter tier that may be used. */
  readonly tier: 'standard' | 'advanced';
  /** Whether each writing command publishes a release, or somebody does by hand. */
  readonly publish: 'auto' | 'manual';
  /** Days between rotations of the KMS key. */
  readonly rotationDays: number;
  /** Days after which the vault's data key is to be rotated: "waxseal key rotate --due". */
  readonly dataKeyMaxAgeDays: number;
  /** Days that a deleted key can be had back. */
  readonly deletionWindowDays: number;
  /** Tags on what is this vault's, over those of all vaults. */
  readonly tags: Readonly<Record<string, string>>;
  /** What may be taken out of waxseal.json, and out of AWS, after the next deploy: the vault, or some of its regions. */
  readonly retired: boolean | readonly string[];
  /** Roles to make, by what they may do, and who may take each: account ids, ARNs, services. */
  readonly roles: Readonly<{ [level in AccessLevel]?: readonly string[] | undefined }>;
}

/** Where Terraform keeps its state, when that is not a file beside cdktf.json. */
export interface StateConfig {
  /** The S3 bucket. */
  readonly bucket: string;
  /** The object's key. */
  readonly key: string;
  /** The bucket's region. */
  readonly region: string;
  /** A DynamoDB table to lock by, for Terraform before 1.10; default: a lock file in the bucket. */
  readonly lockTable?: string | undefined;
}

/** waxseal.json, read and checked, defaults filled in. */
export interface Config {
  readonly $schema?: string | undefined;
  /** Which AWS: the embedded one beside the file, or the account that the SDK's own configuration means. */
  readonly aws: 'embedded' | 'account';
  /** The AWS account's id, 12 digits. */
  readonly account?: string | undefined;
  /** The vault that commands use when none is named. */
  readonly defaultVault?: string | undefined;
  /** Vaults by their path. */
  readonly vaults: Readonly<Record<string, VaultConfig>>;
  /** Tags on everything. */
  readonly tags: Readonly<Record<string, string>>;
  /** ARNs, `*` allowed, of who may administer keys; without any, whomever IAM lets. */
  readonly administrators: readonly string[];
  /** The one role that may disable and delete keys. */
  readonly breakGlass: {
    /** Its name, or its ARN. */
    readonly role: string;
    /** Who may take it; the role is made when anybody is named. */
    readonly trustedBy: readonly string[];
  };
  /** Who is told when a key is touched. */
  readonly alarms: { readonly email: readonly string[] };
  /** Where Terraform keeps its state; default: a file beside cdktf.json. */
  readonly state?: StateConfig | undefined;
}

/** A part of an IAM ARN after "iam::", `*` allowed: SSO gives roles names that end at random. */
const IAM_ARN = /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[A-Za-z0-9+=,.@_/*-]+$/;

const region = v.regex(REGION_NAME, 'is not the name of an AWS region, such as eu-west-1');

// AWS takes these characters in tags and no others; a `${` would also be a Terraform expression.
const tags = v.pipe(
  v.record(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(128),
      v.regex(
        /^(?![Aa][Ww][Ss]:|waxseal:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
        'a tag holds letters, digits, spaces and _.:/=+-@ and may not start with "aws:" or "waxseal:"',
      ),
    ),
    v.pipe(
      v.string(),
      v.maxLength(256),
      v.regex(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u, 'a tag holds letters, digits, spaces and _.:/=+-@'),
    ),
  ),
  v.description('tags put on every key and parameter'),
);

const principals = v.array(
  v.pipe(
    v.string(),
    v.regex(
      /^(\d{12}|arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)\/[A-Za-z0-9+=,.@_/-]+)|[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?)$/,
      'is not an account id, the ARN of a role or user, or a service such as ecs-tasks.amazonaws.com',
    ),
  ),
);

const vault = v.strictObject({
  home: v.pipe(v.string(), region, v.description('the region where revisions are decided')),
  replicas: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), region)),
      v.description('regions that hold a full copy, nearest first'),
    ),
    [],
  ),
  primary: v.optional(
    v.pipe(
      v.string(),
      region,
      v.description(
        'the region of the KMS primary key, where it is not the home region; it stays when home moves',
      ),
    ),
  ),
  keyId: v.optional(
    v.pipe(
      v.string(),
      v.regex(KEY_ID, 'is not the id or ARN of a KMS key (an alias can be moved)'),
      v.description('an existing KMS key that the vault adopts (id or ARN); none is made then'),
    ),
  ),
  acceptedKeyIds: v.optional(
    v.pipe(
      v.array(
        v.pipe(v.string(), v.regex(KEY_ID, 'is not the id or ARN of a KMS key (an alias can be moved)')),
      ),
      v.description(
        'KMS keys (ids or ARNs) that are accepted beside the vault\'s own while "waxseal key rewrap" moves it from one to the other',
      ),
    ),
    [],
  ),
  sharesKeyWith: v.optional(
    v.pipe(v.string(), v.description('the vault of this file whose key this one uses, too')),
  ),
  customKeyStoreId: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^cks-[0-9a-f]{17}$/, 'is not the id of a custom key store, such as cks-1234567890abcdef0'),
      v.description('the custom key store that the key is made in; for vaults without replicas'),
    ),
  ),
  tier: v.optional(
    v.pipe(
      v.picklist(['standard', 'advanced']),
      v.description(
        'the largest parameter tier that may be used; advanced holds 8,192 characters and is billed',
      ),
    ),
    'standard',
  ),
  publish: v.optional(
    v.pipe(
      v.picklist(['auto', 'manual']),
      v.description(
        'auto: each writing command publishes a release, which applications boot from; manual: "waxseal release publish" does',
      ),
    ),
    'auto',
  ),
  rotationDays: v.optional(
    v.pipe(
      v.number(),
      v.integer('is not a whole number'),
      v.minValue(90, 'KMS rotates every 90 to 2560 days'),
      v.maxValue(2560, 'KMS rotates every 90 to 2560 days'),
      v.description('days between rotations of the KMS key'),
    ),
    365,
  ),
  dataKeyMaxAgeDays: v.optional(
    v.pipe(
      v.number(),
      v.integer('is not a whole number'),
      v.minValue(1, 'a data key is rotated every 1 to 3650 days'),
      v.maxValue(3650, 'a data key is rotated every 1 to 3650 days'),
      v.description(
        'days after which the data key is to be rotated: "waxseal status" says so, "waxseal key rotate --due" does it',
      ),
    ),
    DATA_KEY_MAX_AGE,
  ),
  deletionWindowDays: v.optional(
    v.pipe(
      v.number(),
      v.integer('is not a whole number'),
      v.minValue(7, 'KMS waits 7 to 30 days before it deletes a key'),
      v.maxValue(30, 'KMS waits 7 to 30 days before it deletes a key'),
      v.description('days that a deleted key can be had back'),
    ),
    30,
  ),
  tags: v.optional(tags, {}),
  retired: v.optional(
    v.pipe(
      v.union([v.boolean(), v.array(v.pipe(v.string(), region))]),
      v.description(
        'what may leave this file after the next deploy: true for the vault, or some of its regions',
      ),
    ),
    false,
  ),
  roles: v.optional(
    v.pipe(
      v.strictObject({
        reader: v.optional(principals),
        writer: v.optional(principals),
        admin: v.optional(principals),
        auditor: v.optional(principals),
      }),
      v.description('roles to make, and who may take each: account ids, ARNs, or services'),
    ),
    {},
  ),
});

const state = v.strictObject({
  bucket: v.pipe(
    v.string(),
    v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'is not the name of an S3 bucket'),
    v.description('the S3 bucket; it must exist, with versioning'),
  ),
  key: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9!_.*'()/-]+$/, 'is not the key of an S3 object'),
      v.description('the key of the object'),
    ),
    'waxseal/terraform.tfstate',
  ),
  region: v.pipe(v.string(), region, v.description("the bucket's region")),
  lockTable: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9_.-]{3,255}$/, 'is not the name of a DynamoDB table'),
      v.description(
        'a DynamoDB table to lock by, for Terraform before 1.10; default: a lock file in the bucket',
      ),
    ),
  ),
});

/** What waxseal.json may hold. */
export const configSchema: v.GenericSchema<unknown, Config> = v.strictObject({
  $schema: v.optional(v.string()),
  aws: v.optional(
    v.pipe(
      v.picklist(['embedded', 'account']),
      v.description('which AWS: the embedded one beside this file, or the account of the SDK configuration'),
    ),
    'account',
  ),
  account: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{12}$/, 'an AWS account id has 12 digits'),
      v.description('the AWS account id'),
    ),
  ),
  defaultVault: v.optional(
    v.pipe(v.string(), v.description('the vault that commands use when none is named')),
  ),
  vaults: v.pipe(v.record(v.string(), vault), v.description('vaults by their path, such as /acme/prod')),
  tags: v.optional(tags, {}),
  administrators: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.regex(
            IAM_ARN,
            'is not the ARN of a role or user, such as arn:aws:iam::123456789012:role/Platform',
          ),
        ),
      ),
      v.description(
        'who may administer keys: ARNs of roles and users, * allowed; default: whomever IAM lets',
      ),
    ),
    [],
  ),
  breakGlass: v.optional(
    v.pipe(
      v.strictObject({
        role: v.optional(
          v.pipe(
            v.string(),
            v.regex(
              /^(arn:aws[a-z-]*:iam::\d{12}:role\/[A-Za-z0-9+=,.@_/-]{1,512}|[A-Za-z0-9+=,.@_-]{1,64})$/,
              'is not the name or ARN of a role',
            ),
            v.description('its name or ARN'),
          ),
          BREAK_GLASS_ROLE,
        ),
        trustedBy: v.optional(
          v.pipe(principals, v.description('who may take it; the role is made when anybody is named')),
          [],
        ),
      }),
      v.description('the one role that may disable and delete keys'),
    ),
    { role: BREAK_GLASS_ROLE, trustedBy: [] },
  ),
  alarms: v.optional(
    v.strictObject({
      email: v.optional(
        v.pipe(
          v.array(v.pipe(v.string(), v.email('is not an e-mail address'))),
          v.description(
            'who is told when a key is disabled, scheduled for deletion, or its policy or alias changed',
          ),
        ),
        [],
      ),
    }),
    { email: [] },
  ),
  state: v.optional(
    v.pipe(state, v.description("where Terraform's state is kept; default: a file beside cdktf.json")),
  ),
});
