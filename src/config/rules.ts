/** What waxseal.json may not say although each field by itself is right: rules between fields. */
import { isWaxsealError } from '../errors.ts';
import { checkVaultPath, compareNames, pathsOverlap } from '../secret-name.ts';
import { bareKeyId } from './key-id.ts';
import { keyPolicySize, MAX_KEY_POLICY } from './key-policy.ts';
import { planVault } from './plan.ts';
import { partitionOf } from './regions.ts';
import type { Config, VaultConfig } from './schema.ts';

/** A rule that is broken, and where. */
export interface Problem {
  /** The way to it in waxseal.json. */
  readonly path: readonly string[];
  readonly message: string;
  readonly hint?: string | undefined;
}

/** What a rule about one vault says: the field, and what is wrong with it. */
type Complaint = readonly [field: string | undefined, message: string, hint?: string | undefined];
type Rule = (path: string, vault: VaultConfig, config: Config) => Complaint | undefined;

/** The first rule that a file breaks. */
export function findProblem(config: Config): Problem | undefined {
  const vaults = Object.entries(config.vaults);
  if (vaults.length === 0) {
    return {
      path: ['vaults'],
      message: 'names no vault',
      hint: 'add one, such as "/acme/dev": { "home": "us-east-1" }',
    };
  }
  for (const [path, vault] of vaults) {
    for (const rule of RULES) {
      const complaint = rule(path, vault, config);
      if (complaint === undefined) continue;
      const [field, message, hint] = complaint;
      return { path: ['vaults', path, ...(field === undefined ? [] : [field])], message, hint };
    }
  }
  if (config.defaultVault !== undefined && !Object.hasOwn(config.vaults, config.defaultVault)) {
    return { path: ['defaultVault'], message: `vault ${config.defaultVault} is not among the vaults` };
  }
  return undefined;
}

/** Every region of a vault, home first. */
function regionsOfVault({ home, replicas }: VaultConfig): readonly string[] {
  return [home, ...replicas];
}

const validPath: Rule = (path) => {
  try {
    checkVaultPath(path);
    return undefined;
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    return [undefined, error.message, error.hint];
  }
};

const apart: Rule = (path, _vault, { vaults }) => {
  const inside = Object.keys(vaults).find((other) => other !== path && pathsOverlap(other, path));
  if (inside === undefined) return undefined;
  const [outer, inner] = [path, inside].sort(compareNames);
  return [
    undefined,
    `vault ${inner} lies inside vault ${outer}`,
    'a right to read the outer path would open the inner one too; give them separate paths',
  ];
};

const distinctRegions: Rule = (_path, { home, replicas }) => {
  const repeated = replicas.find((region, i) => replicas.indexOf(region) !== i);
  if (repeated !== undefined) return ['replicas', `region ${repeated} is named twice`];
  return replicas.includes(home)
    ? ['replicas', `home region ${home} is among the replicas`, 'name it once, as home']
    : undefined;
};

const onePartition: Rule = (_path, vault) => {
  const stranger = vault.replicas.find((region) => partitionOf(region) !== partitionOf(vault.home));
  return stranger === undefined
    ? undefined
    : [
        'replicas',
        `${stranger} is in partition ${partitionOf(stranger)}, home ${vault.home} in ${partitionOf(vault.home)}`,
        'accounts and keys do not reach across partitions: use a vault of its own there',
      ];
};

const knownPrimary: Rule = (_path, vault) =>
  vault.primary === undefined || regionsOfVault(vault).includes(vault.primary)
    ? undefined
    : ['primary', `primary key region ${vault.primary} is neither home nor a replica`];

const oneKey: Rule = (_path, { keyId, sharesKeyWith, customKeyStoreId, primary }) => {
  const named = Object.entries({ keyId, sharesKeyWith, customKeyStoreId }).filter(
    ([, value]) => value !== undefined,
  );
  const [first, second] = named;
  if (first !== undefined && second !== undefined) {
    return [second[0], `"${first[0]}" and "${second[0]}" both say which key`, 'keep one of them'];
  }
  return sharesKeyWith !== undefined && primary !== undefined
    ? ['primary', `"primary" is said by vault ${sharesKeyWith}, whose key this is`, 'leave it out here']
    : undefined;
};

const adoptable: Rule = (_path, vault, { account }) =>
  vault.keyId === undefined ? undefined : usableKey('keyId', vault.keyId, vault, account);

const acceptable: Rule = (_path, vault, { account }) => {
  const { acceptedKeyIds, keyId } = vault;
  const named = [...(keyId === undefined ? [] : [keyId]), ...acceptedKeyIds].map(bareKeyId);
  const repeated = named.find((id, i) => named.indexOf(id) !== i);
  if (repeated !== undefined) {
    return ['acceptedKeyIds', `key ${repeated} is named twice`, "the vault's own key needs no mention there"];
  }
  return acceptedKeyIds
    .map((accepted) => usableKey('acceptedKeyIds', accepted, vault, account))
    .find((complaint) => complaint !== undefined);
};

/** What keeps a vault from using a key, as far as its name tells. */
function usableKey(
  field: string,
  keyId: string,
  { home, replicas }: VaultConfig,
  account: string | undefined,
): Complaint | undefined {
  const [, partition, , region, owner] = keyId.startsWith('arn:') ? keyId.split(':') : [];
  if (partition !== undefined && partition !== partitionOf(home)) {
    return [
      field,
      `the key is in partition ${partition}, home ${home} in ${partitionOf(home)}`,
      'keys do not reach across partitions',
    ];
  }
  if (owner !== undefined && account !== undefined && owner !== account) {
    return [
      field,
      `the key is in account ${owner}, this file is about ${account}`,
      'an alias can only stand before a key of its own account',
    ];
  }
  if (/(^|\/)mrk-/.test(keyId)) return undefined;
  if (replicas.length > 0) {
    return [
      field,
      'the key exists in one region only, so replicas could not open anything',
      'adopt a multi-region key (its id begins with "mrk-"), or leave out the replicas',
    ];
  }
  return region !== undefined && region !== home
    ? [field, `the key is in ${region}, home is ${home}`, 'make its region the home']
    : undefined;
}

const storeOfOneRegion: Rule = (_path, { customKeyStoreId, replicas }) =>
  customKeyStoreId !== undefined && replicas.length > 0
    ? [
        'customKeyStoreId',
        'a custom key store holds no multi-region keys, so the vault can have no replicas',
        'leave out the replicas, or the key store',
      ]
    : undefined;

const sharedWithOwner: Rule = (path, vault, config) => {
  const { vaults } = config;
  const { sharesKeyWith } = vault;
  if (sharesKeyWith === undefined) return undefined;
  const owner = vaults[sharesKeyWith];
  if (sharesKeyWith === path) return ['sharesKeyWith', 'a vault does not share its key with itself'];
  if (owner === undefined || !Object.hasOwn(vaults, sharesKeyWith)) {
    return ['sharesKeyWith', `vault ${sharesKeyWith} is not among the vaults`];
  }
  if (owner.sharesKeyWith !== undefined) {
    return [
      'sharesKeyWith',
      `vault ${sharesKeyWith} has no key of its own`,
      `it uses that of ${owner.sharesKeyWith}: name that one`,
    ];
  }
  if (owner.keyId !== undefined) {
    return ['sharesKeyWith', `vault ${sharesKeyWith} adopts a key`, 'adopt the same "keyId" here'];
  }
  const stranger = regionsOfVault(vault).find((region) => !regionsOfVault(owner).includes(region));
  if (stranger !== undefined) {
    return [
      'sharesKeyWith',
      `${stranger} is not a region of ${sharesKeyWith}, so its key does not exist there`,
      `add ${stranger} to the replicas of ${sharesKeyWith}`,
    ];
  }
  const kept = planVault(path, vault, config).retiredRegions;
  const leaving = planVault(sharesKeyWith, owner, config).retiredRegions.find(
    (region) => regionsOfVault(vault).includes(region) && !kept.includes(region),
  );
  return leaving === undefined
    ? undefined
    : [
        'sharesKeyWith',
        `the key of ${sharesKeyWith} is retired in ${leaving}, where ${path} still needs it`,
        `retire ${path} there too, or take back "retired" of ${sharesKeyWith}`,
      ];
};

const retirable: Rule = (_path, vault) => {
  if (typeof vault.retired === 'boolean') return undefined;
  const stranger = vault.retired.find((region) => !regionsOfVault(vault).includes(region));
  if (stranger !== undefined) {
    return ['retired', `${stranger} is not a region of the vault`, 'take it out of "retired" too'];
  }
  if (vault.retired.includes(vault.home)) {
    return ['retired', `${vault.home} is the home region`, 'make another region the home first'];
  }
  const primary = vault.primary ?? vault.home;
  return vault.retired.includes(primary)
    ? [
        'retired',
        `${primary} holds the primary key, on which the replicas depend`,
        'retire the whole vault, or move the primary first (kms:UpdatePrimaryRegion)',
      ]
    : undefined;
};

const policyFits: Rule = (path, vault, config) => {
  const plan = planVault(path, vault, config);
  if (plan.key === undefined) return undefined;
  const size = keyPolicySize(plan.key, config);
  return size <= MAX_KEY_POLICY
    ? undefined
    : [
        undefined,
        `its key policy would have ${size} bytes, KMS takes ${MAX_KEY_POLICY}: ${plan.key.vaults.length} vaults share the key, ${config.administrators.length} administrators are named`,
        'give some of the vaults a key of their own, or name administrators by a pattern',
      ];
};

const RULES: readonly Rule[] = [
  validPath,
  apart,
  distinctRegions,
  onePartition,
  knownPrimary,
  oneKey,
  adoptable,
  acceptable,
  storeOfOneRegion,
  sharedWithOwner,
  retirable,
  policyFits,
];
