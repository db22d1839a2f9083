import * as fc from 'fast-check';
import { pathsOverlap } from '../../src/secret-name.ts';

/** A waxseal.json that is right, as it would be written: fields with defaults may be missing. */
export interface WrittenVault {
  home: string;
  replicas: string[];
  primary?: string;
  kmsKey?: string;
  tier?: string;
  rotationDays?: number;
  deletionWindowDays?: number;
  tags?: Record<string, string>;
}
export interface Written {
  vaults: Record<string, WrittenVault>;
  aws?: string;
  account?: string;
  tags?: Record<string, string>;
}

const region: fc.Arbitrary<string> = fc.constantFrom(
  'us-east-1',
  'us-east-2',
  'us-west-2',
  'eu-west-1',
  'eu-central-1',
  'ap-southeast-2',
  'ap-northeast-1',
  'sa-east-1',
  'us-gov-west-1',
);

const path: fc.Arbitrary<string> = fc
  .array(fc.stringMatching(/^[A-Za-z0-9_-]{1,6}$/), { minLength: 1, maxLength: 4 })
  .map((segments) => `/${segments.join('/')}`)
  .filter((text) => !/^\/(aws|ssm)/i.test(text));

/** Paths of which none lies in another. */
const paths: fc.Arbitrary<string[]> = fc
  .uniqueArray(path, { minLength: 1, maxLength: 4 })
  .map((all) => all.filter((one, i) => !all.slice(0, i).some((other) => pathsOverlap(one, other))));

const tags: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  fc.stringMatching(/^[A-Za-zäß0-9 _.:/=+@-]{1,12}$/).filter((key) => !/^aws:/i.test(key)),
  fc.stringMatching(/^[A-Za-zäß0-9 _.:/=+@-]{0,12}$/),
  { maxKeys: 3, noNullPrototype: true },
);

const vault: fc.Arbitrary<WrittenVault> = fc
  .uniqueArray(region, { minLength: 1, maxLength: 5 })
  .chain((regions) =>
    fc.record(
      {
        home: fc.constant(regions[0] ?? ''),
        replicas: fc.constant(regions.slice(1)),
        primary: fc.constantFrom(...regions),
        kmsKey: fc.constantFrom('mrk-0123456789abcdef0123456789abcdef', 'alias/own'),
        tier: fc.constantFrom('standard', 'advanced'),
        rotationDays: fc.integer({ min: 90, max: 2560 }),
        deletionWindowDays: fc.integer({ min: 7, max: 30 }),
        tags,
      },
      { requiredKeys: ['home', 'replicas'] },
    ),
  );

/** Any waxseal.json that is right. */
export const written: fc.Arbitrary<Written> = paths.chain((all) =>
  fc.record(
    {
      vaults: fc
        .tuple(...all.map(() => vault))
        .map((vaults) => Object.fromEntries(vaults.map((one, i) => [all[i] ?? '', one]))),
      aws: fc.constantFrom('embedded', 'account'),
      account: fc.stringMatching(/^\d{12}$/),
      tags,
    },
    { requiredKeys: ['vaults'] },
  ),
);

/** A mistake: what it does to a waxseal.json that is right, and what the complaint must say. */
export interface Mistake {
  readonly name: string;
  readonly says: RegExp;
  readonly make: (config: Written, path: string, vault: WrittenVault) => void;
}

/** Each kind of mistake, applied to any vault of any waxseal.json. */
export const mistakes: readonly Mistake[] = [
  {
    name: 'unknown field',
    says: /"replica" is not a known field/,
    make: (_, __, v) => Object.assign(v, { replica: [] }),
  },
  { name: 'no home', says: /"home" is missing/, make: (_, __, v) => Reflect.deleteProperty(v, 'home') },
  {
    name: 'home among replicas',
    says: /home region \S+ is among the replicas/,
    make: (_, __, v) => v.replicas.push(v.home),
  },
  {
    name: 'repeated region',
    says: /region ap-south-1 is named twice/,
    make: (_, __, v) => v.replicas.push('ap-south-1', 'ap-south-1'),
  },
  {
    name: 'not a region',
    says: /is not the name of an AWS region/,
    make: (_, __, v) => v.replicas.push('Frankfurt'),
  },
  {
    name: 'primary elsewhere',
    says: /primary key region ap-south-1 is neither/,
    make: (_, __, v) => Object.assign(v, { primary: 'ap-south-1' }),
  },
  {
    name: 'rotation too often',
    says: /"rotationDays": KMS rotates every 90 to 2560 days/,
    make: (_, __, v) => Object.assign(v, { rotationDays: 89 }),
  },
  {
    name: 'rotation too rare',
    says: /"rotationDays": KMS rotates every 90 to 2560 days/,
    make: (_, __, v) => Object.assign(v, { rotationDays: 2561 }),
  },
  {
    name: 'half a day',
    says: /"rotationDays": is not a whole number/,
    make: (_, __, v) => Object.assign(v, { rotationDays: 365.5 }),
  },
  {
    name: 'deletion window',
    says: /"deletionWindowDays": KMS waits 7 to 30 days/,
    make: (_, __, v) => Object.assign(v, { deletionWindowDays: 31 }),
  },
  {
    name: 'reserved tag',
    says: /"AWS:x": a tag holds .* may not start with "aws:"/,
    make: (_, __, v) => Object.assign(v, { tags: { 'AWS:x': '1' } }),
  },
  {
    name: 'Terraform expression in a tag',
    says: /"x": a tag holds letters/,
    make: (_, __, v) => Object.assign(v, { tags: { x: '$' + '{data.x.y}' } }),
  },
  {
    name: 'Terraform expression as a key',
    says: /"kmsKey": is not the id, ARN or alias/,
    make: (_, __, v) => Object.assign(v, { kmsKey: '$' + '{data.x.y}' }),
  },
  {
    name: 'nested vault',
    says: /vault \S+\/inner lies inside vault/,
    make: (c, path, v) => Object.assign(c.vaults, { [`${path}/inner`]: v }),
  },
  {
    name: 'dotted path',
    says: /vault path "\/a\.b" is not a path/,
    make: (c, _, v) => Object.assign(c.vaults, { '/a.b': v }),
  },
  {
    name: 'path of AWS',
    says: /starts with "aws" or "ssm"/,
    make: (c, _, v) => Object.assign(c.vaults, { '/awsome': v }),
  },
  { name: 'short account', says: /12 digits/, make: (c) => Object.assign(c, { account: '12345' }) },
  {
    name: 'unknown default',
    says: /vault \/nowhere\/at\/all\/x\/y is not among the vaults/,
    make: (c) => Object.assign(c, { defaultVault: '/nowhere/at/all/x/y' }),
  },
];
