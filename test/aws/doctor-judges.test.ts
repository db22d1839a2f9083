/** What is made of answers that only an account gives, and of those that take a broken machine. */
import { describe, expect, it } from 'vitest';
import { judgeClock } from '../../src/aws/account/clock.ts';
import { judgeReach } from '../../src/aws/account/reach.ts';
import { type Coverage, coverageOf, type Selectors } from '../../src/aws/account/selectors.ts';
import { allAllowed, principalOf } from '../../src/aws/account/simulate.ts';
import { judgeTrails, type TrailFacts } from '../../src/aws/account/trails.ts';
import { fromAws } from '../../src/aws/errors.ts';
import type { WaxsealError } from '../../src/errors.ts';

describe('clock', () => {
  it.each([
    [0, 'ok'],
    [59_000, 'ok'],
    [-59_000, 'ok'],
    [61_000, 'warn'],
    [-299_000, 'warn'],
    [301_000, 'fail'],
    [-3_600_000, 'fail'],
  ])('%d ms ahead is %s', (ahead, state) => {
    expect(judgeClock(ahead)).toMatchObject({ check: 'clock', state });
  });

  it('says which way it is off', () => {
    expect(judgeClock(600_000).message).toContain('10 min ahead of AWS');
    expect(judgeClock(-600_000).message).toContain('10 min behind AWS');
    expect(judgeClock(undefined)).toMatchObject({ state: 'untested' });
  });
});

describe('regions', () => {
  const region = 'eu-south-2';
  const met = (error: object): WaxsealError =>
    fromAws(Object.assign(new Error('x'), error), { action: 'kms:DescribeKey', region });
  const both = (error: object, known = true) => ({ region, kms: met(error), ssm: met(error), known });

  it('one that the name service does not know does not exist', () => {
    expect(judgeReach(both({ code: 'ENOTFOUND' }))).toMatchObject({
      state: 'fail',
      message: `there is no server for ${region}: no such region, or no name service`,
    });
  });

  it.each(['UnrecognizedClientException', 'InvalidClientTokenId', 'OptInRequired'])(
    '%s is the account where STS knows the credentials, and the credentials where it was not asked',
    (name) => {
      const error = { name, $metadata: { httpStatusCode: 403 } };
      expect(judgeReach(both(error)).message).toContain('not enabled for the account');
      expect(judgeReach(both(error, false)).message).not.toContain('not enabled');
    },
  );

  it.each([
    [{ name: 'AccessDeniedException' }, 'ok'],
    [{ name: 'NotFoundException' }, 'ok'],
    [{ code: 'ECONNREFUSED' }, 'fail'],
    [{ name: 'TimeoutError' }, 'fail'],
  ])('%o is %s', (error, state) => {
    expect(judgeReach(both(error))).toMatchObject({ state });
  });
});

describe('trails', () => {
  const management = { Field: 'eventCategory', Equals: ['Management'] };
  const kms = ['kms.amazonaws.com'];
  const advanced = (...fields: readonly { Field: string }[]): Selectors => ({
    AdvancedEventSelectors: [{ FieldSelectors: [management, ...fields] }],
  });

  it.each<[string, Selectors, Coverage]>([
    [
      'what a new trail has',
      { EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true }] },
      'all',
    ],
    [
      'writes alone',
      { EventSelectors: [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }] },
      'all',
    ],
    [
      'reads alone',
      { EventSelectors: [{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }] },
      'none',
    ],
    ['data alone', { EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: false }] }, 'none'],
    [
      'all but KMS',
      { EventSelectors: [{ IncludeManagementEvents: true, ExcludeManagementEventSources: kms }] },
      'without-kms',
    ],
    ['nothing', {}, 'none'],
    ['advanced: management', advanced(), 'all'],
    ['advanced: writes', advanced({ Field: 'readOnly', ...{ Equals: ['false'] } }), 'all'],
    ['advanced: reads', advanced({ Field: 'readOnly', ...{ Equals: ['true'] } }), 'none'],
    ['advanced: all but KMS', advanced({ Field: 'eventSource', ...{ NotEquals: kms } }), 'without-kms'],
    [
      'advanced: all but the data API',
      advanced({ Field: 'eventSource', ...{ NotEquals: ['rdsdata.amazonaws.com'] } }),
      'all',
    ],
    ['advanced: by name', advanced({ Field: 'eventName', ...{ Equals: ['DisableKey'] } }), 'some'],
    [
      'advanced: data',
      { AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Data'] }] }] },
      'none',
    ],
    [
      'advanced: one of two takes it',
      {
        AdvancedEventSelectors: [
          { FieldSelectors: [{ Field: 'eventCategory', Equals: ['Data'] }] },
          { FieldSelectors: [management] },
        ],
      },
      'all',
    ],
  ])('%s', (_what, selectors, coverage) => {
    expect(coverageOf(selectors)).toBe(coverage);
  });

  const trail = (coverage: Coverage, logging = true): TrailFacts => ({
    name: 'audit',
    homeRegion: 'us-east-1',
    logging,
    coverage,
  });
  const hidden = { name: 'of-the-organization', why: 'not allowed' };

  it.each<[string, Parameters<typeof judgeTrails>[1], boolean, string]>([
    ['a good one', [trail('none'), trail('all')], true, 'ok'],
    ['a good one beside one that is hidden', [hidden, trail('all')], true, 'ok'],
    ['one that is hidden', [hidden, trail('none')], true, 'untested'],
    ['one without KMS', [trail('without-kms')], true, 'warn'],
    ['one that is filtered', [trail('some')], true, 'warn'],
    ['one that is stopped', [trail('all', false)], true, 'fail'],
    ['none', [], true, 'fail'],
    ['none, where nobody is to be told', [], false, 'warn'],
  ])('%s', (_what, trails, awaited, state) => {
    const finding = judgeTrails('eu-west-1', trails, awaited);
    expect(finding).toMatchObject({ check: 'trail', region: 'eu-west-1', state });
    expect(finding.fix === undefined).toBe(state === 'ok' || state === 'untested');
  });

  it('one that is stopped is started where it lives', () => {
    expect(judgeTrails('eu-west-1', [trail('all', false)], true).fix).toBe(
      'aws cloudtrail start-logging --name audit --region us-east-1',
    );
  });
});

describe('simulation', () => {
  it.each([
    ['arn:aws:iam::123456789012:root', { kind: 'root' }],
    [
      'arn:aws:iam::123456789012:user/team/ada',
      { kind: 'user', arn: 'arn:aws:iam::123456789012:user/team/ada' },
    ],
    [
      'arn:aws-cn:sts::123456789012:assumed-role/Deploy/session',
      { kind: 'role', name: 'Deploy', arn: 'arn:aws-cn:iam::123456789012:role/Deploy' },
    ],
    ['arn:aws:sts::123456789012:federated-user/ada', { kind: 'other' }],
  ])('%s', (arn, principal) => {
    expect(principalOf(arn)).toEqual(principal);
  });

  const evaluated = (EvalDecision: 'allowed' | 'implicitDeny' | 'explicitDeny') => ({
    EvalActionName: 'ssm:PutParameter',
    EvalDecision,
  });

  it('allows only what is allowed throughout', () => {
    expect(allAllowed([evaluated('allowed'), evaluated('allowed')])).toBe(true);
    expect(allAllowed([evaluated('allowed'), evaluated('implicitDeny')])).toBe(false);
    expect(allAllowed([])).toBe(false);
    const beyond = {
      ...evaluated('allowed'),
      OrganizationsDecisionDetail: { AllowedByOrganizations: false },
    };
    expect(allAllowed([beyond])).toBe(false);
    const ResourceSpecificResults = [
      { EvalResourceName: 'a', EvalResourceDecision: 'allowed' as const },
      { EvalResourceName: 'b', EvalResourceDecision: 'explicitDeny' as const },
    ];
    expect(allAllowed([{ ...evaluated('allowed'), ResourceSpecificResults }])).toBe(false);
  });
});
