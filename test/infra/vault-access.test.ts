import { describe, expect, it } from 'vitest';
import { ACCESS_LEVELS } from '../../src/config/index.ts';
import {
  BreakGlass,
  type BreakGlassProps,
  SealedVault,
  VaultAccess,
  type VaultAccessProps,
} from '../../src/constructs/index.ts';
import { type Synthesized, synthScope } from './synth.ts';

const ACCOUNT = '123456789012';

function synthAccess(roles?: VaultAccessProps['roles'], path = '/acme/prod'): Synthesized {
  return synthScope((scope) => {
    const vault = new SealedVault(scope, 'v', {
      path,
      home: 'us-east-1',
      tags: { team: 'a' },
      account: ACCOUNT,
      partition: 'aws',
    });
    const access = new VaultAccess(scope, 'access', { vault, roles });
    expect(Object.keys(access.policies)).toEqual([...ACCESS_LEVELS]);
    expect([...access.roles.keys()]).toEqual(
      ACCESS_LEVELS.filter((level) => (roles?.[level] ?? []).length > 0),
    );
  });
}

/** What waxseal.json or a prop says, and what a trust policy says then. */
const TRUSTED: readonly [string, object][] = [
  ['210987654321', { AWS: ['arn:aws:iam::210987654321:root'] }],
  ['arn:aws:iam::210987654321:root', { AWS: ['arn:aws:iam::210987654321:root'] }],
  ['arn:aws:iam::210987654321:role/ci/Deploy', { AWS: ['arn:aws:iam::210987654321:role/ci/Deploy'] }],
  ['arn:aws:iam::210987654321:user/ann', { AWS: ['arn:aws:iam::210987654321:user/ann'] }],
  ['ecs-tasks.amazonaws.com', { Service: ['ecs-tasks.amazonaws.com'] }],
];

function trustOf(block: Readonly<Record<string, unknown>> | undefined): unknown {
  const { Statement } = JSON.parse(String(block?.assume_role_policy)) as { Statement: unknown[] };
  expect(Statement).toHaveLength(1);
  return Statement[0];
}

describe('VaultAccess', () => {
  it('makes four policies, named after the vault, and no role', () => {
    const { of } = synthAccess();
    expect(
      of('aws_iam_policy')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(ACCESS_LEVELS.map((level) => `waxseal.acme.prod.${level}`).sort());
    for (const { tags } of of('aws_iam_policy'))
      expect(tags).toEqual({ team: 'a', 'waxseal:vault': '/acme/prod' });
    expect(of('aws_iam_role')).toEqual([]);
    expect(of('aws_iam_role_policy_attachment')).toEqual([]);
  });

  it('makes a role for each level that somebody is named for, with the policy of that level', () => {
    const { resource, of } = synthAccess({
      reader: ['ecs-tasks.amazonaws.com'],
      admin: [ACCOUNT],
      writer: [],
    });
    expect(Object.keys(resource.aws_iam_role ?? {})).toEqual([
      'vault__acme__prod__admin',
      'vault__acme__prod__reader',
    ]);
    expect(of('aws_iam_role').map(({ name }) => name)).toEqual([
      'waxseal.acme.prod.admin',
      'waxseal.acme.prod.reader',
    ]);
    expect(of('aws_iam_role_policy_attachment')).toEqual(
      ['admin', 'reader'].map((level) => ({
        role: `\${aws_iam_role.vault__acme__prod__${level}.name}`,
        policy_arn: `\${aws_iam_policy.vault__acme__prod__${level}.arn}`,
      })),
    );
  });

  it.each(TRUSTED)('lets %s take a role', (principal, Principal) => {
    const { of } = synthAccess({ writer: [principal] });
    expect(trustOf(of('aws_iam_role')[0])).toEqual({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
  });

  it('lets several of all kinds take one', () => {
    const { of } = synthAccess({
      writer: ['lambda.amazonaws.com', ACCOUNT, 'arn:aws:iam::210987654321:user/ann'],
    });
    expect(trustOf(of('aws_iam_role')[0])).toMatchObject({
      Principal: {
        AWS: [`arn:aws:iam::${ACCOUNT}:root`, 'arn:aws:iam::210987654321:user/ann'],
        Service: ['lambda.amazonaws.com'],
      },
    });
  });

  it('gives names that IAM takes to the longest path, and never one name to two vaults', () => {
    const long = `/${'x'.repeat(200)}`;
    const names = [long, `${long}y`, '/Acme', '/acme', '/a-b', '/a/b', '/a_b'].flatMap((path) =>
      synthAccess({ reader: [ACCOUNT] }, path)
        .of('aws_iam_role')
        .map(({ name }) => String(name)),
    );
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(7);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9+=,.@_-]{1,64}$/);
  });
});

function synthBreakGlass(props: Partial<BreakGlassProps> = {}): Synthesized {
  return synthScope((scope) => {
    const glass = new BreakGlass(scope, 'glass', { account: ACCOUNT, partition: 'aws', ...props });
    expect(glass.role === undefined).toBe((props.trustedBy ?? []).length === 0);
  });
}

describe('BreakGlass', () => {
  it('makes a policy, and no role unless somebody may take it', () => {
    const { resource, of } = synthBreakGlass({ tags: { team: 'a' } });
    expect(Object.keys(resource)).toEqual(['aws_iam_policy']);
    expect(of('aws_iam_policy')[0]).toMatchObject({ name: 'waxseal.break-glass', tags: { team: 'a' } });
  });

  it.each(TRUSTED)('makes the role that %s may take, for an hour', (principal, Principal) => {
    const { of } = synthBreakGlass({ trustedBy: [principal], tags: { team: 'a' } });
    const [role] = of('aws_iam_role');
    expect(role).toMatchObject({
      name: 'waxseal-break-glass',
      max_session_duration: 3600,
      tags: { team: 'a' },
    });
    expect(trustOf(role)).toEqual({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
    expect(of('aws_iam_role_policy_attachment')).toEqual([
      { role: '$' + '{aws_iam_role.break_glass.name}', policy_arn: '$' + '{aws_iam_policy.break_glass.arn}' },
    ]);
  });

  it('makes it under the name that the key policies have', () => {
    const { of } = synthBreakGlass({ role: 'Last-Resort', trustedBy: [ACCOUNT] });
    expect(of('aws_iam_role')[0]?.name).toBe('Last-Resort');
  });

  it('makes none that exists already', () => {
    const role = `arn:aws:iam::${ACCOUNT}:role/Last-Resort`;
    expect(synthBreakGlass({ role }).of('aws_iam_role')).toEqual([]);
    expect(() => synthBreakGlass({ role, trustedBy: [ACCOUNT] })).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining('exists already') }),
    );
  });
});
