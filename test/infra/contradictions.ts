import { abroad, beside, type Mistake, MRK, plain } from './mistake.ts';

const SINGLE = '01234567-89ab-cdef-0123-456789abcdef';
const STORE = 'cks-0123456789abcdef0';

/** Mistakes that leave each field by itself right: what one says does not go with what another says. */
export const contradictions: readonly Mistake[] = [
  {
    name: 'home among replicas',
    says: /home region \S+ is among the replicas/,
    at: '"replicas"',
    make: (_, __, v) => v.replicas.push(v.home),
  },
  {
    name: 'repeated region',
    says: /region ap-south-1 is named twice/,
    at: '"replicas"',
    make: (_, __, v) => v.replicas.push('ap-south-1', 'ap-south-1'),
  },
  {
    name: 'mixed partitions',
    says: /us-iso-east-1 is in partition aws-iso, home \S+ in aws/,
    at: '"replicas"',
    make: (_, __, v) => v.replicas.push('us-iso-east-1'),
  },
  {
    name: 'primary elsewhere',
    says: /primary key region ap-south-1 is neither/,
    at: '"primary"',
    make: (_, __, v) => Object.assign(v, { primary: 'ap-south-1' }),
  },
  {
    name: 'two keys: adopted and in a store',
    says: /"keyId" and "customKeyStoreId" both say which key/,
    at: '"customKeyStoreId"',
    make: (c, p, v) => Object.assign(plain(c, p, v), { keyId: MRK, customKeyStoreId: STORE }),
  },
  {
    name: 'two keys: adopted and shared',
    says: /"keyId" and "sharesKeyWith" both say which key/,
    at: '"sharesKeyWith"',
    make: (c, p, v) => Object.assign(plain(c, p, v), { keyId: MRK, sharesKeyWith: beside(c) }),
  },
  {
    name: 'two keys: shared and in a store',
    says: /"sharesKeyWith" and "customKeyStoreId" both say which key/,
    at: '"customKeyStoreId"',
    make: (c, p, v) => Object.assign(plain(c, p, v), { sharesKeyWith: beside(c), customKeyStoreId: STORE }),
  },
  {
    name: 'single-region key with replicas',
    says: /the key exists in one region only/,
    at: '"keyId"',
    make: (c, p, v) => Object.assign(plain(c, p, v), { ...abroad, keyId: SINGLE }),
  },
  {
    name: 'single-region key elsewhere',
    says: /the key is in eu-west-1, home is us-east-1/,
    at: '"keyId"',
    make: (c, p, v) => {
      Reflect.deleteProperty(c, 'account');
      const keyId = `arn:aws:kms:eu-west-1:123456789012:key/${SINGLE}`;
      Object.assign(plain(c, p, v), { home: 'us-east-1', replicas: [], keyId });
    },
  },
  {
    name: "another partition's key",
    says: /the key is in partition aws-us-gov, home us-east-1 in aws/,
    at: '"keyId"',
    make: (c, p, v) => {
      Reflect.deleteProperty(c, 'account');
      const keyId = `arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/${MRK}`;
      Object.assign(plain(c, p, v), { ...abroad, keyId });
    },
  },
  {
    name: "another account's key",
    says: /the key is in account 210987654321, this file is about 123456789012/,
    at: '"keyId"',
    make: (c, p, v) => {
      Object.assign(c, { account: '123456789012' });
      Object.assign(plain(c, p, v), { ...abroad, keyId: `arn:aws:kms:us-east-1:210987654321:key/${MRK}` });
    },
  },
  {
    name: 'key store with replicas',
    says: /a custom key store holds no multi-region keys/,
    at: '"customKeyStoreId"',
    make: (c, p, v) => Object.assign(plain(c, p, v), { ...abroad, customKeyStoreId: STORE }),
  },
  {
    name: 'retired where it is not',
    says: /ap-south-1 is not a region of the vault/,
    at: '"retired"',
    make: (c, p, v) => Object.assign(plain(c, p, v), { retired: ['ap-south-1'] }),
  },
  {
    name: 'home retired alone',
    says: /us-east-1 is the home region/,
    at: '"retired"',
    make: (c, p, v) => Object.assign(plain(c, p, v), { ...abroad, retired: ['us-east-1'] }),
  },
  {
    name: 'primary retired alone',
    says: /eu-west-1 holds the primary key/,
    at: '"retired"',
    make: (c, p, v) =>
      Object.assign(plain(c, p, v), { ...abroad, primary: 'eu-west-1', retired: ['eu-west-1'] }),
  },
  {
    name: 'nested vault',
    says: /vault \S+\/inner lies inside vault/,
    make: (c, path, v) => Object.assign(c.vaults, { [`${path}/inner`]: v }),
  },
  {
    name: 'dotted path',
    says: /vault path "\/a\.b" is not a path/,
    at: '"/a.b"',
    make: (c, _, v) => Object.assign(c.vaults, { '/a.b': v }),
  },
  {
    name: 'path of AWS',
    says: /starts with "aws" or "ssm"/,
    at: '"/awsome"',
    make: (c, _, v) => Object.assign(c.vaults, { '/awsome': v }),
  },
  {
    name: 'unknown default',
    says: /vault \/nowhere\/at\/all\/x\/y is not among the vaults/,
    at: '"defaultVault"',
    make: (c) => Object.assign(c, { defaultVault: '/nowhere/at/all/x/y' }),
  },
];
