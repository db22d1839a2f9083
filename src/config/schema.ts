/** The shape of waxseal.json. `waxseal.schema.json`, which editors read, is generated from here. */
import * as v from 'valibot';

/** What an AWS region's name looks like. */
export const REGION_NAME: RegExp = /^[a-z]{2,3}(-[a-z]+){1,2}-\d{1,2}$/;

/** One vault of waxseal.json, defaults filled in. */
export interface VaultConfig {
  /** The region where revisions are decided. */
  readonly home: string;
  /** Regions that hold a full copy, nearest first. */
  readonly replicas: readonly string[];
  /** The region of the KMS primary key, where it is not the home region. */
  readonly primary?: string | undefined;
  /** The KMS key to seal under, in place of the vault's alias. */
  readonly kmsKey?: string | undefined;
  /** The largest parameter tier that may be used. */
  readonly tier: 'standard' | 'advanced';
  /** Days between rotations of the KMS key. */
  readonly rotationDays: number;
  /** Days that a deleted key can be had back. */
  readonly deletionWindowDays: number;
  /** Tags on this vault's keys and parameters, over those of all vaults. */
  readonly tags: Readonly<Record<string, string>>;
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
}

const region = v.regex(REGION_NAME, 'is not the name of an AWS region, such as eu-west-1');

// AWS takes these characters in tags and no others; a `${` would also be a Terraform expression.
const tags = v.pipe(
  v.record(
    v.pipe(
      v.string(),
      v.minLength(1),
      v.maxLength(128),
      v.regex(
        /^(?![Aa][Ww][Ss]:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
        'a tag holds letters, digits, spaces and _.:/=+-@ and may not start with "aws:"',
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
  kmsKey: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9:/_-]+$/, 'is not the id, ARN or alias of a KMS key'),
      v.description('the KMS key to seal under (id, ARN or alias), in place of alias/waxseal/<vault>'),
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
});

/** Every region that any vault names, each once. */
export function regionsOf(config: Pick<Config, 'vaults'>): readonly string[] {
  return [...new Set(Object.values(config.vaults).flatMap(({ home, replicas }) => [home, ...replicas]))];
}
