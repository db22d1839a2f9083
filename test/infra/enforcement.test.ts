import { describe, expect, it } from 'vitest';
import type { Identity } from '../../src/emulator/index.ts';
import { account, allow, rootArn } from '../emulator/auth-support.ts';
import { allowedTo } from './actions.ts';
import { BREAK_GLASS, type Deployed, deploy, FILE, REGIONS, session, user } from './deploy.ts';

const READ = ['read parameters', 'list parameters'];
const SEE = ['see the key', 'see the policy', 'see the rotation', 'see the tags'];
const ADMINISTER = ['tag the key', 'describe the key', 'set the policy', 'move the alias', 'drop the alias'];
const USE = ['open', 'make a data key', 'rewrap', 'rewrap for c'];
const END = ['enable', 'disable', 'schedule deletion', 'cancel deletion'];
const ANYTHING_OF_SSM = [
  ...READ,
  'read history',
  'read tags',
  'put an entry',
  'put the descriptor',
  'delete an entry',
  'delete a probe',
  'delete the data key',
  'label an entry',
  'tag an entry',
];
/** The right is there for the vault that shares the key, and opens nothing of this one. */
const OF_A_SHARER = ['open for c: InvalidCiphertextException'];

interface Case {
  readonly who: string;
  readonly identity: (deployed: Deployed) => Identity;
  /** What they may do to /acme/a, and nothing else. */
  readonly may: readonly string[];
}

const level =
  (vault: string, name: string): Case['identity'] =>
  (deployed) =>
    session(
      'ANN',
      `arn:aws:sts::${account}:assumed-role/app/ann`,
      deployed.policy(`waxseal.acme.${vault}.${name}`),
    );

const cases: readonly Case[] = [
  { who: 'reader', identity: level('a', 'reader'), may: [...READ, 'open', ...SEE] },
  {
    who: 'writer',
    identity: level('a', 'writer'),
    may: [...READ, 'read history', 'put an entry', 'delete a probe', 'open', 'make a data key', ...SEE],
  },
  {
    who: 'admin',
    identity: level('a', 'admin'),
    may: [...ANYTHING_OF_SSM, 'rewrap', ...SEE, ...ADMINISTER, 'enable', 'cancel deletion'],
  },
  {
    who: 'auditor',
    identity: level('a', 'auditor'),
    may: [...READ, 'read history', 'read tags', ...SEE],
  },
  ...['reader', 'writer', 'admin', 'auditor'].map((name) => ({
    who: `${name} of another vault`,
    identity: level('b', name),
    may: [],
  })),
  {
    who: 'reader of the vault that shares the key',
    identity: level('c', 'reader'),
    may: [...OF_A_SHARER, ...SEE],
  },
  {
    who: 'writer of the vault that shares the key',
    identity: level('c', 'writer'),
    may: [...OF_A_SHARER, ...SEE],
  },
  { who: 'admin of the vault that shares the key', identity: level('c', 'admin'), may: SEE },
  { who: 'auditor of the vault that shares the key', identity: level('c', 'auditor'), may: SEE },
  { who: 'nobody', identity: () => user('ANN'), may: [] },
  {
    who: 'kms:* and ssm:* on everything',
    identity: () => user('ANN', { Version: '2012-10-17', Statement: [allow(['kms:*', 'ssm:*'])] }),
    may: [...ANYTHING_OF_SSM, ...USE, ...OF_A_SHARER, ...SEE, ...ADMINISTER, 'enable', 'cancel deletion'],
  },
  {
    who: 'the break-glass role',
    identity: (deployed) => session('ANN', BREAK_GLASS, deployed.policy('waxseal.break-glass')),
    may: [...SEE, ...END],
  },
  {
    who: 'a user with the policy of break-glass, and not the role',
    identity: (deployed) => user('ANN', deployed.policy('waxseal.break-glass')),
    may: [...SEE, 'enable', 'cancel deletion'],
  },
  {
    who: 'a role whose name begins like that of break-glass',
    identity: (deployed) =>
      session('ANN', `${BREAK_GLASS.replace(/\/ann$/, '')}-2/ann`, deployed.policy('waxseal.break-glass')),
    may: [...SEE, 'enable', 'cancel deletion'],
  },
  {
    who: "the account's root user",
    identity: () => ({ accessKeyId: 'ANN', arn: rootArn, policies: [] }),
    may: [...ANYTHING_OF_SSM, ...SEE, ...ADMINISTER, 'enable', 'cancel deletion'],
  },
];

describe.each(cases)('$who', ({ identity, may }) => {
  it('may do this to a vault and its key, in each region, and nothing else', async () => {
    const deployed = await deploy();
    deployed.admit(identity(deployed));
    for (const region of REGIONS) {
      expect((await allowedTo(deployed, 'ANN', region)).toSorted(), region).toEqual(may.toSorted());
    }
  });
});

describe('administrators', () => {
  const everything = { Version: '2012-10-17' as const, Statement: [allow('kms:*')] };
  const file = { administrators: [`arn:aws:iam::${account}:role/Platform*`] };

  it.each([
    [
      'one of them',
      session('ANN', `arn:aws:sts::${account}:assumed-role/PlatformTeam/ann`, everything),
      true,
    ],
    ['another role', session('ANN', `arn:aws:sts::${account}:assumed-role/Team/ann`, everything), false],
    ['a user of that name', user('Platform', everything), false],
    ["the account's root user", { accessKeyId: 'ANN', arn: rootArn, policies: [] }, false],
  ])('where they are named, %s', async (_, identity, administers) => {
    const deployed = await deploy({ ...FILE, ...file });
    deployed.admit(identity);
    const isRoot = identity.arn === rootArn;
    for (const region of REGIONS) {
      const allowed = await allowedTo(deployed, identity.accessKeyId, region);
      const administration = allowed.filter((name) => ADMINISTER.includes(name));
      expect(administration, region).toEqual(administers ? ADMINISTER : isRoot ? ['set the policy'] : []);
      expect(allowed).not.toContain('disable');
      expect(allowed).not.toContain('schedule deletion');
    }
  });
});
