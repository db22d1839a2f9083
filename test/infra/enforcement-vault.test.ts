import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { account } from '../emulator/auth-support.ts';
import { bytes, rejection, text } from '../support/world.ts';
import { deploy, FILE, inhabited, REGIONS, session, user } from './deploy.ts';

const [HOME, REPLICA] = REGIONS;

describe('a reader', () => {
  it('loads all secrets, in each region by itself', async () => {
    const deployed = await inhabited();
    for (const regions of [REGIONS, [HOME] as const, [REPLICA] as const]) {
      for (const vault of ['a', 'b', 'c']) {
        const loaded = await deployed.open(`${vault}_reader`, `/acme/${vault}`, regions).load();
        expect([...loaded].map(([name, { value, region }]) => [name, text(value), region])).toEqual([
          ['A', `of ${vault}`, regions[0]],
        ]);
      }
    }
  });

  it('sees no history, writes nothing and deletes nothing', async () => {
    const deployed = await inhabited();
    for (const region of REGIONS) {
      const vault = deployed.open('a_reader', '/acme/a', [region]);
      await rejection(vault.history('A'), 'denied');
      // In the replica waxseal would refuse by itself, for home is elsewhere: there it is asked of AWS outright.
      const { ssm } = deployed.as('a_reader', region);
      for (const Name of ['/acme/a/A', '/acme/a/B']) {
        const put = ssm.putParameter({ Name, Value: 'forged', Type: 'String', Overwrite: true });
        await expect(put).rejects.toMatchObject({ name: 'AccessDeniedException' });
        const gone = ssm.deleteParameter({ Name });
        await expect(gone).rejects.toMatchObject({ name: 'AccessDeniedException' });
      }
      const code = region === HOME ? 'denied' : 'conflict';
      await rejection(vault.set('A', bytes('forged')), code);
      await rejection(vault.set('B', bytes('forged')), code);
      await rejection(vault.delete('A'), code);
      expect((await vault.load()).size).toBe(1);
    }
  });
});

describe('a writer', () => {
  it('sets, updates and deletes in both regions, by one command', async () => {
    const deployed = await inhabited();
    const vault = deployed.open('a_writer', '/acme/a');
    expect(await vault.set('B', bytes('new'))).toMatchObject({ revision: 1, behind: [] });
    expect(await vault.set('B', bytes('newer'))).toMatchObject({ revision: 2, behind: [] });
    expect(await vault.delete('A')).toMatchObject({ revision: 3, behind: [] });
    expect((await vault.history('A')).map(({ revision, deleted }) => [revision, deleted])).toEqual([
      [3, true],
      [2, false],
      [1, false],
    ]);
    for (const region of REGIONS) {
      const loaded = await deployed.open('a_reader', '/acme/a', [region]).load();
      expect([...loaded].map(([name, { value }]) => [name, text(value)])).toEqual([['B', 'newer']]);
    }
    const { secrets } = await vault.list();
    expect(secrets.map(({ name, copies }) => [name, copies])).toEqual([
      ['A', { [HOME]: 'equal', [REPLICA]: 'equal' }],
      ['B', { [HOME]: 'equal', [REPLICA]: 'equal' }],
    ]);
  });
});

describe('large secrets', () => {
  it('are written, read and tidied up with the rights of readers and writers', async () => {
    const deployed = await inhabited();
    const vault = deployed.open('a_writer', '/acme/a');
    const values = [1, 2, 3, 4].map(() => Uint8Array.from(randomBytes(7_000)));
    for (const value of values) {
      expect(await vault.set('CHAIN', value)).toMatchObject({ parts: 3, behind: [] });
      expect((await vault.publish()).behind).toEqual([]);
    }
    for (const region of REGIONS) {
      const booted = await deployed.open('a_reader', '/acme/a', [region]).boot({ large: () => true });
      expect(booted.secrets.get('CHAIN')?.value).toEqual(values.at(-1));
      // Of the published revision and the one before: what is older is gone from every region.
      const { ssm } = deployed.as('a_reader', region);
      const Path = '/acme/a/.waxseal/large';
      const { Parameters = [] } = await ssm.getParametersByPath({ Path, Recursive: true });
      expect(Parameters.map(({ Name = '' }) => Name.split('/').at(-1)?.split('.')[0])).toEqual([
        '3',
        '3',
        '3',
        '4',
        '4',
        '4',
      ]);
      const [part] = Parameters;
      await expect(ssm.deleteParameter({ Name: part?.Name ?? '' })).rejects.toMatchObject({
        name: 'AccessDeniedException',
      });
    }
    // A writer removes parts, and no secret.
    for (const Name of [
      '/acme/a/CHAIN',
      '/acme/a/.waxseal/release',
      '/acme/b/.waxseal/large/X/1.0123456789abcdef.1',
    ]) {
      const gone = deployed.as('a_writer', HOME).ssm.deleteParameter({ Name });
      await expect(gone).rejects.toMatchObject({ name: 'AccessDeniedException' });
    }
  });
});

describe('an admin', () => {
  it('purges a secret and turns its key, and opens none', async () => {
    const deployed = await inhabited();
    await rejection(deployed.open('a_admin', '/acme/a').load(), 'denied');
    await rejection(deployed.open('a_admin', '/acme/a').set('A', bytes('x')), 'denied');
    const { kms } = deployed.as('a_admin', HOME);
    const KeyId = deployed.keyId('/acme/a');
    await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 180 });
    await kms.rotateKeyOnDemand({ KeyId });
    for (const region of REGIONS) {
      await deployed.as('a_admin', region).ssm.deleteParameters({ Names: ['/acme/a/A'] });
      expect((await deployed.open('a_reader', '/acme/a', [region]).load()).size).toBe(0);
    }
  });

  it('is needed for a purge beside a writer: neither can do it alone', async () => {
    const deployed = await inhabited();
    await deployed.open('a_writer', '/acme/a').delete('A');
    const refused = await rejection(deployed.open('a_writer', '/acme/a').purge('A'), 'denied');
    expect(refused.message).toContain('ssm:DeleteParameter');
    await rejection(deployed.open('a_admin', '/acme/a').purge('A'), 'denied');
    const [writer, admin] = [
      deployed.policy('waxseal.acme.a.writer'),
      deployed.policy('waxseal.acme.a.admin'),
    ];
    deployed.admit(user('operator', writer, admin));
    expect((await deployed.open('operator', '/acme/a').purge('A')).removed).toEqual([REPLICA, HOME]);
    await rejection(deployed.open('operator', '/acme/b').purge('A'), 'denied');
  });

  it("moves a shared key's alias for its own vault only", async () => {
    const deployed = await inhabited();
    const { kms } = deployed.as('c_admin', HOME);
    const TargetKeyId = deployed.keyId('/acme/a');
    await kms.updateAlias({ AliasName: 'alias/waxseal/acme/c', TargetKeyId });
    await expect(kms.updateAlias({ AliasName: 'alias/waxseal/acme/a', TargetKeyId })).rejects.toThrow(
      /not authorized to perform: kms:UpdateAlias on resource: \S+alias\/waxseal\/acme\/a /,
    );
  });
});

describe('an auditor', () => {
  it('sees that all copies are there, and the history, and opens nothing', async () => {
    const deployed = await inhabited();
    const vault = deployed.open('a_auditor', '/acme/a');
    await rejection(vault.load(), 'denied');
    const items = await vault.history('A');
    expect(items.map(({ revision, problem }) => [revision, problem?.code])).toEqual([
      [2, 'denied'],
      [1, 'denied'],
    ]);
    expect(items[0]?.writtenBy).toBe(`arn:aws:iam::${account}:user/a_writer`);
    expect((await vault.list()).secrets[0]?.copies).toEqual({ [HOME]: 'equal', [REPLICA]: 'equal' });
  });
});

describe('roles of the stack', () => {
  it('carry the policy of their level, and their sessions may do what it says', async () => {
    const vaults = {
      '/acme/a': {
        home: HOME,
        replicas: [REPLICA],
        roles: { reader: ['ecs-tasks.amazonaws.com'], writer: [account] },
      },
    };
    const deployed = await deploy({ ...FILE, vaults });
    const { aws_iam_role: roles = {}, aws_iam_policy: policies = {} } = deployed.stack.resource;
    const sessions = deployed.stack.of('aws_iam_role_policy_attachment').map(({ role, policy_arn }) => {
      const named = (expression: unknown): string =>
        /^\$\{aws_iam_\w+\.(.+)\.\w+\}$/.exec(String(expression))?.[1] ?? '';
      const name = String(roles[named(role)]?.name);
      const policy = deployed.policy(String(policies[named(policy_arn)]?.name));
      return session(name.replace(/\W/g, '_'), `arn:aws:sts::${account}:assumed-role/${name}/app`, policy);
    });
    expect(sessions.map(({ accessKeyId }) => accessKeyId)).toEqual([
      'waxseal_break_glass',
      'waxseal_acme_a_reader',
      'waxseal_acme_a_writer',
    ]);
    deployed.admit(...sessions);
    await deployed.open('waxseal_acme_a_writer', '/acme/a').set('A', bytes('1'));
    expect((await deployed.open('waxseal_acme_a_reader', '/acme/a').load()).size).toBe(1);
    await rejection(deployed.open('waxseal_break_glass', '/acme/a').load(), 'denied');
  });
});
