import * as fc from 'fast-check';
import { account, paths, principals, tags } from './arbitrary-parts.ts';

/** A vault of a waxseal.json that is right, as it would be written: fields with defaults may be missing. */
export interface WrittenVault {
  home: string;
  replicas: string[];
  primary?: string;
  keyId?: string;
  sharesKeyWith?: string;
  customKeyStoreId?: string;
  tier?: string;
  rotationDays?: number;
  deletionWindowDays?: number;
  tags?: Record<string, string>;
  retired?: boolean | string[];
  roles?: Record<string, string[]>;
}
export interface Written {
  vaults: Record<string, WrittenVault>;
  aws?: string;
  account?: string;
  tags?: Record<string, string>;
  administrators?: string[];
  breakGlass?: { role?: string; trustedBy?: string[] };
  alarms?: { email?: string[] };
  state?: { bucket: string; region: string; key?: string; lockTable?: string };
}

/** Of AWS's partitions: `aws`, `aws-us-gov`, `aws-cn`. */
const PARTITIONS: readonly (readonly string[])[] = [
  ['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-southeast-2', 'sa-east-1'],
  ['us-gov-west-1', 'us-gov-east-1'],
  ['cn-north-1', 'cn-northwest-1'],
];

/** What is drawn for one vault before the vaults are put in relation to each other. */
interface Draft {
  readonly vault: WrittenVault;
  readonly key: 'own' | 'adopted' | 'store' | 'shared';
  /** Which of the others it shares with, and which of the regions it keeps or gives up. */
  readonly picks: readonly number[];
  readonly retired: 'no' | 'vault' | 'regions';
}

const vault: fc.Arbitrary<WrittenVault> = fc
  .constantFrom(...PARTITIONS)
  .chain((partition) => fc.uniqueArray(fc.constantFrom(...partition), { minLength: 1, maxLength: 5 }))
  .chain((regions) =>
    fc.record(
      {
        home: fc.constant(regions[0] ?? ''),
        replicas: fc.constant(regions.slice(1)),
        primary: fc.constantFrom(...regions),
        tier: fc.constantFrom('standard', 'advanced'),
        rotationDays: fc.integer({ min: 90, max: 2560 }),
        deletionWindowDays: fc.integer({ min: 7, max: 30 }),
        tags,
        roles: fc.record(
          { reader: principals, writer: principals, admin: principals, auditor: principals },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ['home', 'replicas'] },
    ),
  );

const draft: fc.Arbitrary<Draft> = fc.record({
  vault,
  key: fc.constantFrom('own', 'own', 'adopted', 'store', 'shared'),
  picks: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
  retired: fc.constantFrom('no', 'no', 'vault', 'regions'),
});

/** Any waxseal.json that is right. */
export const written: fc.Arbitrary<Written> = paths
  .filter((all) => all.length > 0)
  .chain((all) =>
    fc.record(
      {
        vaults: fc.tuple(...all.map(() => draft)).map((drafts) => relate(all, drafts)),
        aws: fc.constantFrom('embedded', 'account'),
        account,
        tags,
        administrators: fc.uniqueArray(
          fc
            .tuple(account, fc.stringMatching(/^[A-Za-z0-9_*/-]{1,30}$/))
            .map(([id, name]) => `arn:aws:iam::${id}:role/${name}`),
          { maxLength: 3 },
        ),
        breakGlass: fc.oneof(
          fc.record(
            { role: fc.stringMatching(/^[A-Za-z0-9+=,.@_-]{1,64}$/), trustedBy: principals },
            { requiredKeys: [] },
          ),
          account.map((id) => ({ role: `arn:aws:iam::${id}:role/break/glass` })),
        ),
        alarms: fc.record(
          {
            email: fc.uniqueArray(fc.constantFrom('a@b.example', 'a_b@c.example', 'x+y@z.example'), {
              maxLength: 2,
            }),
          },
          { requiredKeys: [] },
        ),
        state: fc.record(
          {
            bucket: fc.constant('acme-terraform'),
            region: fc.constantFrom('eu-west-1', 'cn-north-1'),
            key: fc.constantFrom('waxseal', 'a/b.tfstate'),
            lockTable: fc.constant('locks'),
          },
          { requiredKeys: ['bucket', 'region'] },
        ),
      },
      { requiredKeys: ['vaults'] },
    ),
  );

/** Who shares with whom: only vaults with keys of their own can be shared with. */
function relate(all: readonly string[], drafts: readonly Draft[]): Record<string, WrittenVault> {
  const named = drafts.map((one, i) => ({ one, name: all[i] ?? '' }));
  const owners = named
    .filter(({ one }) => one.key === 'own')
    .map(({ one, name }) => ({ name, vault: { ...one.vault, ...retire(one.vault, one) } }));
  return Object.fromEntries(
    named.map(({ one, name }) => {
      const owner = owners[(one.picks[0] ?? 0) % Math.max(1, owners.length)];
      if (one.key === 'shared' && owner !== undefined) return [name, share(one, owner.name, owner.vault)];
      return [name, owners.find((other) => other.name === name)?.vault ?? alone(one)];
    }),
  );
}

/** A vault with the key of another, in some of its regions, and no longer there than the key is. */
function share({ vault, picks }: Draft, ownerName: string, owner: WrittenVault): WrittenVault {
  const { primary: _, ...rest } = vault;
  const all = [owner.home, ...owner.replicas];
  const kept = all.filter((_region, i) => (picks[i + 1] ?? 0) % 2 === 0);
  const [home = owner.home, ...replicas] = (picks[7] ?? 0) % 2 === 0 ? kept : kept.reverse();
  const shared = { ...rest, home, replicas, sharesKeyWith: ownerName };
  if (owner.retired === true) return { ...shared, retired: true };
  const leaving = owner.retired === undefined || owner.retired === false ? [] : owner.retired;
  const mine = [home, ...replicas].filter((region) => leaving.includes(region));
  return mine.length === 0 ? shared : { ...shared, retired: mine.includes(home) ? true : mine };
}

/** A vault that adopts a key, or has one in a key store, as far as its regions allow. */
function alone(one: Draft): WrittenVault {
  const { vault, key, picks } = one;
  const made = { ...vault, ...retire(vault, one) };
  const id = (picks[0] ?? 0).toString(16).padStart(32, '0');
  if (key === 'shared') return made;
  if (vault.replicas.length > 0) return { ...made, keyId: `mrk-${id}` };
  if (key === 'store') return { ...made, customKeyStoreId: `cks-${id.slice(-17)}` };
  return { ...made, keyId: id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') };
}

/** Neither home nor the region of the primary key can be given up alone. */
function retire(
  { home, replicas, primary }: WrittenVault,
  { retired, picks }: Draft,
): Pick<WrittenVault, 'retired'> {
  if (retired === 'no') return (picks[1] ?? 0) % 2 === 0 ? {} : { retired: false };
  if (retired === 'vault') return { retired: true };
  return {
    retired: replicas.filter((region, i) => region !== (primary ?? home) && (picks[i + 2] ?? 0) % 2 === 0),
  };
}
