import { abroad, beside, type Mistake, MRK, plain } from './mistake.ts';

/** What is wrong between a vault and the one whose key it uses. */
export const sharingMistakes: readonly Mistake[] = [
  {
    name: 'sharing with itself',
    says: /a vault does not share its key with itself/,
    at: '"sharesKeyWith"',
    make: (c, p, v) => Object.assign(plain(c, p, v), { sharesKeyWith: p }),
  },
  {
    name: 'sharing with nobody',
    says: /vault \/nowhere is not among the vaults/,
    at: '"sharesKeyWith"',
    make: (c, p, v) => Object.assign(plain(c, p, v), { sharesKeyWith: '/nowhere' }),
  },
  {
    name: 'sharing with what every object has',
    says: /vault toString is not among the vaults/,
    at: '"sharesKeyWith"',
    make: (c, p, v) => Object.assign(plain(c, p, v), { sharesKeyWith: 'toString' }),
  },
  {
    name: 'sharing with a vault that shares',
    says: /vault \/besides-it has no key of its own/,
    at: '"sharesKeyWith"',
    make: (c, p, v) =>
      Object.assign(plain(c, p, v), {
        sharesKeyWith: beside(c, { sharesKeyWith: beside(c, {}, '/third-one') }),
      }),
  },
  {
    name: 'sharing with a vault that adopts',
    says: /vault \/besides-it adopts a key/,
    at: '"sharesKeyWith"',
    make: (c, p, v) => Object.assign(plain(c, p, v), { sharesKeyWith: beside(c, { keyId: MRK }) }),
  },
  {
    name: 'sharing where the owner is not',
    says: /ca-central-1 is not a region of \/besides-it/,
    at: '"sharesKeyWith"',
    make: (c, p, v) =>
      Object.assign(plain(c, p, v), { home: 'ca-central-1', replicas: [], sharesKeyWith: beside(c) }),
  },
  {
    name: 'a primary of a shared key',
    says: /"primary" is said by vault \/besides-it/,
    at: '"primary"',
    make: (c, p, v) =>
      Object.assign(plain(c, p, v), {
        home: 'us-east-1',
        replicas: [],
        primary: 'us-east-1',
        sharesKeyWith: beside(c),
      }),
  },
  {
    name: 'owner retired, sharer not',
    says: /the key of \/besides-it is retired in us-east-1, where \S+ still needs it/,
    at: '"sharesKeyWith"',
    make: (c, p, v) =>
      Object.assign(plain(c, p, v), {
        home: 'us-east-1',
        replicas: [],
        sharesKeyWith: beside(c, { retired: true }),
      }),
  },
  {
    name: 'owner retired in a region, sharer not',
    says: /the key of \/besides-it is retired in eu-west-1, where \S+ still needs it/,
    at: '"sharesKeyWith"',
    make: (c, p, v) =>
      Object.assign(plain(c, p, v), { ...abroad, sharesKeyWith: beside(c, { retired: ['eu-west-1'] }) }),
  },
];
