import { describe, expect, test } from 'vitest';
import { checkAdministrator, checkBreakGlass } from '../../scripts/deploy/caller.ts';
import { deletesKeys, guardDestroy, guardPlan } from '../../scripts/deploy/guard.ts';
import type { PlanJson, ResourceChange, StateResource, Values } from '../../scripts/deploy/plan-json.ts';
import { summarize } from '../../scripts/deploy/summary.ts';

type Actions = ResourceChange['change']['actions'];
type Change = Partial<Omit<ResourceChange['change'], 'actions'>>;

const NOT_ALLOWED = { moveAlias: false };

function change(type: string, part: string, actions: Actions, given: Change = {}): ResourceChange {
  const name = `vault__acme__prod__${part}`;
  const values = { region: part, tags: { 'waxseal:vault': '/acme/prod' } };
  const before = actions[0] === 'create' ? null : values;
  const after = actions.at(-1) === 'delete' ? null : values;
  return { address: `${type}.${name}`, type, name, change: { actions, before, after, ...given } };
}

function retired(values: Values = { region: 'us-east-1' }): Values {
  return { ...values, tags: { 'waxseal:retired': 'true' } };
}

function whats(plan: PlanJson, allowed: { moveAlias: boolean } = NOT_ALLOWED): readonly string[] {
  return guardPlan(plan, allowed).map(({ what }) => what);
}

describe('the guard of a plan', () => {
  test.each(['aws_kms_key', 'aws_kms_replica_key', 'aws_kms_alias', 'aws_ssm_parameter'])(
    'refuses to delete and to replace: %s',
    (type) => {
      for (const actions of [['delete'], ['delete', 'create'], ['create', 'delete']] as const) {
        const before = { region: 'us-east-1', tags: {} };
        const [what] = whats({ resource_changes: [change(type, 'us-east-1', actions, { before })] });
        expect(what).toMatch(actions.length === 1 ? /^it would delete the/ : /^it would replace the/);
        expect(what).toContain('of /acme/prod (us-east-1)');
      }
    },
  );

  test.each(['aws_kms_key', 'aws_kms_replica_key', 'aws_ssm_parameter'])(
    'lets go what was deployed as retired, and not what is only written as such: %s',
    (type) => {
      const gone = change(type, 'us-east-1', ['delete'], { before: retired() });
      expect(whats({ resource_changes: [gone] })).toEqual([]);
      const replaced = change(type, 'us-east-1', ['delete', 'create'], {
        before: { region: 'us-east-1' },
        after: retired(),
      });
      expect(whats({ resource_changes: [replaced] })).toHaveLength(1);
    },
  );

  test("an alias, which has no tags, goes by its descriptor's mark in the same region", () => {
    const alias = change('aws_kms_alias', 'us-east-1', ['delete']);
    const here = change('aws_ssm_parameter', 'us-east-1', ['delete'], { before: retired() });
    const elsewhere = change('aws_ssm_parameter', 'eu-west-1', ['delete'], { before: retired() });
    expect(whats({ resource_changes: [alias, here] })).toEqual([]);
    expect(whats({ resource_changes: [alias, elsewhere] })).toHaveLength(1);
  });

  test('names what forces a replacement', () => {
    const replaced = change('aws_kms_key', 'us-east-1', ['delete', 'create'], {
      replace_paths: [['multi_region'], ['region']],
    });
    const [refusal] = guardPlan({ resource_changes: [replaced] }, NOT_ALLOWED);
    expect(refusal?.what).toContain('because of multi_region, region');
    expect(refusal?.hint).toContain('"primary": "us-east-1"');
  });

  test('refuses a key that is gone, for another would be made in its place', () => {
    const lost = change('aws_kms_key', 'us-east-1', ['delete'], {
      before: { region: 'us-east-1', key_id: 'mrk-1' },
    });
    const plan = {
      resource_drift: [lost],
      resource_changes: [change('aws_kms_key', 'us-east-1', ['create'])],
    };
    const [refusal, ...more] = guardPlan(plan, NOT_ALLOWED);
    expect(refusal?.what).toContain('is gone or pending deletion');
    expect(refusal?.hint).toContain('aws kms cancel-key-deletion --key-id mrk-1 --region us-east-1');
    expect(more).toEqual([]);
  });

  test('refuses to move an alias, but puts back one that was moved, and moves it when told', () => {
    const moves = (from: string, to: string): ResourceChange =>
      change('aws_kms_alias', 'us-east-1', ['update'], {
        before: { region: 'us-east-1', target_key_id: from },
        after: { region: 'us-east-1', target_key_id: to },
      });
    expect(whats({ resource_changes: [moves('old', 'new')] })).toEqual([
      'the alias of /acme/prod (us-east-1) would stand before another key, new in place of old: nothing that was sealed before would open',
    ]);
    expect(whats({ resource_changes: [moves('old', 'new')] }, { moveAlias: true })).toEqual([]);
    const moved = { resource_drift: [moves('ours', 'theirs')], resource_changes: [moves('theirs', 'ours')] };
    expect(whats(moved)).toEqual([]);
    const further = {
      resource_drift: [moves('ours', 'theirs')],
      resource_changes: [moves('theirs', 'third')],
    };
    expect(whats(further)).toHaveLength(1);
  });

  test('lets everything else be made, changed and deleted', () => {
    const changes = [
      change('aws_kms_key', 'us-east-1', ['create']),
      change('aws_kms_key', 'eu-west-1', ['update']),
      change('aws_kms_replica_key', 'sa-east-1', ['no-op']),
      change('aws_iam_policy', 'reader', ['delete']),
      change('aws_cloudwatch_event_rule', 'us-east-1', ['delete', 'create']),
    ];
    expect(whats({ resource_changes: changes })).toEqual([]);
  });
});

test('a destroy is refused while anything of it was not deployed as retired', () => {
  const resource = (type: string, region: string, values: Values): StateResource => ({
    address: '',
    mode: 'managed',
    type,
    name: `vault__acme__prod__${region}`,
    values,
  });
  const key = resource('aws_kms_key', 'us-east-1', { region: 'us-east-1', tags: {} });
  const replica = resource('aws_kms_replica_key', 'eu-west-1', retired({ region: 'eu-west-1' }));
  expect(guardDestroy([key, replica])).toEqual([
    {
      what: 'it would delete the primary key of /acme/prod (us-east-1)',
      hint: 'give vault /acme/prod "retired": true in waxseal.json, deploy that, and destroy then',
    },
  ]);
  expect(guardDestroy([replica])).toEqual([]);
});

test('a region leaves by its own mark while its vault stays', () => {
  const gone = { resource_changes: [change('aws_kms_replica_key', 'sa-east-1', ['delete'])] };
  const [stays] = guardPlan(gone, { moveAlias: false, vaults: ['/acme/prod'] });
  expect(stays?.hint).toContain(
    'put region sa-east-1 of vault /acme/prod back, with "retired": ["sa-east-1"]',
  );
  const [leaves] = guardPlan(gone, { moveAlias: false, vaults: [] });
  expect(leaves?.hint).toContain('put vault /acme/prod back with "retired": true');
});

test('a key that somebody disabled is not enabled by the way', () => {
  const on = { region: 'us-east-1', is_enabled: true };
  const plan = {
    resource_changes: [
      change('aws_kms_key', 'us-east-1', ['update'], { before: { ...on, is_enabled: false }, after: on }),
    ],
  };
  expect(whats(plan)).toEqual([
    'the primary key of /acme/prod (us-east-1) is disabled, and would be enabled again',
  ]);
  expect(guardPlan(plan, { moveAlias: false, enableKeys: true })).toEqual([]);
});

test('a plan that deletes keys is for the break-glass role alone', () => {
  const breakGlass = { role: 'waxseal-break-glass', trustedBy: [] };
  expect(deletesKeys({ resource_changes: [change('aws_kms_key', 'us-east-1', ['delete'])] })).toBe(true);
  expect(deletesKeys({ resource_changes: [change('aws_kms_alias', 'us-east-1', ['delete'])] })).toBe(false);
  const session = 'arn:aws:sts::123456789012:assumed-role/waxseal-break-glass/me';
  expect(() => checkBreakGlass(session, { breakGlass })).not.toThrow();
  for (const arn of [
    'arn:aws:sts::123456789012:assumed-role/Platform/me',
    'arn:aws:iam::123456789012:root',
  ]) {
    expect(() => checkBreakGlass(arn, { breakGlass })).toThrow(expect.objectContaining({ code: 'denied' }));
  }
});

describe('who may deploy', () => {
  const role = 'arn:aws:iam::123456789012:role/Platform';
  const session = 'arn:aws:sts::123456789012:assumed-role/Platform/me';

  test.each([
    ['anybody while nobody is named', session, []],
    ['a session of the role', session, [role]],
    [
      'a role with a path, which a session does not tell',
      session,
      ['arn:aws:iam::123456789012:role/a/b/Platform'],
    ],
    ['a pattern', session, ['arn:aws:iam::123456789012:role/Plat*']],
    ['a user', 'arn:aws:iam::123456789012:user/ann', [role, 'arn:aws:iam::123456789012:user/ann']],
  ])('%s', (_what, arn, administrators) => {
    expect(() => checkAdministrator(arn, administrators)).not.toThrow();
  });

  test.each([
    ['another role', 'arn:aws:sts::123456789012:assumed-role/Platform2/me'],
    ['the same name elsewhere', 'arn:aws:sts::999999999999:assumed-role/Platform/me'],
    ['a user of that name', 'arn:aws:iam::123456789012:user/Platform'],
  ])('not %s', (_what, arn) => {
    expect(() => checkAdministrator(arn, [role])).toThrow(expect.objectContaining({ code: 'denied' }));
  });
});

describe('the summary', () => {
  test('says what is alike on one line, with the fields that change', () => {
    const tags = (team: string): Values => ({ region: 'x', tags: { team } });
    const update = { before: tags('a'), after: tags('b') };
    const plan = {
      resource_changes: [
        change('aws_kms_replica_key', 'eu-west-1', ['create']),
        change('aws_kms_replica_key', 'sa-east-1', ['create']),
        change('aws_iam_policy', 'reader', ['update'], {
          before: { tags: { team: 'a' } },
          after: { tags: { team: 'b' } },
        }),
        change('aws_iam_policy', 'writer', ['update'], {
          before: { tags: { team: 'a' } },
          after: { tags: { team: 'b' } },
        }),
        change('aws_kms_key', 'us-east-1', ['update'], update),
        change('aws_kms_alias', 'us-east-1', ['no-op']),
      ],
    };
    expect(summarize(plan)).toEqual([
      '  + make the replica key of /acme/prod: eu-west-1, sa-east-1',
      '  ~ change the policy of /acme/prod: reader, writer',
      '      tags: team a → b',
      '  ~ change the primary key of /acme/prod: x',
      '      tags: team a → b',
    ]);
  });

  test('is empty when nothing changes', () => {
    expect(summarize({ resource_changes: [change('aws_kms_key', 'us-east-1', ['no-op'])] })).toEqual([]);
  });
});
