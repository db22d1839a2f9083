import { describe, expect, it } from 'vitest';
import { KeyAlarms, type KeyAlarmsProps, SealedVault } from '../../src/constructs/index.ts';
import { type Block, type Synthesized, synthScope } from './synth.ts';

const ACCOUNT = '123456789012';

/** `/acme/a` in two regions; `/acme/b` in a third one and in the second, with a key of its own; `/acme/c` with a's. */
function synthAlarms(props: Partial<KeyAlarmsProps> = {}): Synthesized {
  return synthScope((scope) => {
    const where = { account: ACCOUNT, partition: 'aws' };
    const a = new SealedVault(scope, 'a', {
      path: '/acme/a',
      home: 'us-east-1',
      replicas: ['eu-west-1'],
      sharedBy: ['/acme/c'],
      tags: { team: 'a' },
      ...where,
    });
    const b = new SealedVault(scope, 'b', {
      path: '/acme/b',
      home: 'ap-southeast-2',
      replicas: ['eu-west-1'],
      ...where,
    });
    const c = new SealedVault(scope, 'c', { path: '/acme/c', home: 'eu-west-1', sharesKeyWith: a });
    const alarms = new KeyAlarms(scope, 'alarms', { vaults: [a, b, c], ...props });
    expect([...alarms.topics.keys()]).toEqual(['us-east-1', 'eu-west-1', 'ap-southeast-2']);
  });
}

const stack = synthAlarms({ email: ['a.b@acme.example', 'a_b@acme.example'], tags: { team: 'platform' } });
const REGIONS: readonly [string, readonly string[]][] = [
  ['us-east-1', ['a']],
  ['eu-west-1', ['a', 'b', 'c']],
  ['ap-southeast-2', ['b']],
];

function patternOf(rule: Block | undefined) {
  return JSON.parse(String(rule?.event_pattern)) as {
    detail: { eventName: string[]; resources: { ARN: string[] } };
  };
}

describe.each(REGIONS)('alarms in %s', (region, vaults) => {
  const at = (type: string): readonly Block[] => stack.of(type).filter((block) => block.region === region);
  const topic = `\${aws_sns_topic.alarms__${region}.arn}`;

  it('go to a topic, by which only rules of this account may speak, and to everybody who is to be told', () => {
    expect(at('aws_sns_topic')).toEqual([{ region, name: 'waxseal-key-alarms', tags: { team: 'platform' } }]);
    const [policy] = at('aws_sns_topic_policy');
    expect(policy?.arn).toBe(topic);
    expect(JSON.parse(String(policy?.policy))).toMatchObject({
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sns:Publish',
          Resource: topic,
          Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
        },
      ],
    });
    const told = at('aws_sns_topic_subscription').map(({ topic_arn, protocol, endpoint }) => [
      topic_arn,
      protocol,
      endpoint,
    ]);
    expect(told.sort()).toEqual([
      [topic, 'email', 'a.b@acme.example'],
      [topic, 'email', 'a_b@acme.example'],
    ]);
  });

  it('come from a rule for each vault that is there, about its key and its alias in this region', () => {
    const rules = at('aws_cloudwatch_event_rule');
    expect(rules.map(({ name }) => name)).toEqual(vaults.map((vault) => `waxseal.acme.${vault}.key`));
    for (const [i, rule] of rules.entries()) {
      const vault = vaults[i] ?? '';
      const { detail, ...more } = patternOf(rule);
      expect(more).toEqual({ source: ['aws.kms'], 'detail-type': ['AWS API Call via CloudTrail'] });
      expect(detail.eventName).toEqual(
        expect.arrayContaining([
          'DisableKey',
          'ScheduleKeyDeletion',
          'PutKeyPolicy',
          'UpdateAlias',
          'DeleteAlias',
        ]),
      );
      const arn = `arn:aws:kms:${region}:${ACCOUNT}`;
      const key = `${arn}:key/\${aws_kms_key.vault__acme__${vault}__${vault === 'a' ? 'us-east-1' : 'ap-southeast-2'}.key_id}`;
      // The alarm about a shared key is its owner's.
      expect(detail.resources.ARN).toEqual([
        ...(vault === 'c' ? [] : [key]),
        `${arn}:alias/waxseal/acme/${vault}`,
      ]);
      expect(rule.tags).toMatchObject({ 'waxseal:vault': `/acme/${vault}` });
    }
  });

  it('say who did what, when and where', () => {
    const targets = at('aws_cloudwatch_event_target');
    expect(targets.map(({ rule, arn }) => [rule, arn])).toEqual(
      vaults.map((vault) => [`\${aws_cloudwatch_event_rule.vault__acme__${vault}__${region}.name}`, topic]),
    );
    for (const { input_transformer } of targets) {
      const { input_paths, input_template } = input_transformer as {
        input_paths: Record<string, string>;
        input_template: string;
      };
      const message: unknown = JSON.parse(input_template);
      expect(message).toContain(` in ${region}: `);
      for (const name of Object.keys(input_paths)) expect(message).toContain(`<${name}>`);
      const used = [...String(message).matchAll(/<(\w+)>/g)].map(([, name]) => name);
      expect(used.sort()).toEqual(Object.keys(input_paths).sort());
    }
  });
});

describe('KeyAlarms', () => {
  it('tells nobody by default, under the name that it is given', () => {
    const { of } = synthAlarms({ topicName: 'own' });
    expect(of('aws_sns_topic_subscription')).toEqual([]);
    expect(of('aws_sns_topic').map(({ name }) => name)).toEqual(['own', 'own', 'own']);
  });

  it('hears of a key that is adopted, in each region under its ARN there', () => {
    const keyId = 'mrk-0123456789abcdef0123456789abcdef';
    const { of } = synthScope((scope) => {
      const props = { home: 'us-east-1', replicas: ['eu-west-1'], account: ACCOUNT, partition: 'aws' };
      const vault = new SealedVault(scope, 'v', {
        path: '/v',
        ...props,
        keyId: `arn:aws:kms:us-east-1:${ACCOUNT}:key/${keyId}`,
      });
      new KeyAlarms(scope, 'alarms', { vaults: [vault] });
    });
    const heard = of('aws_cloudwatch_event_rule').map((rule) => patternOf(rule).detail.resources.ARN[0]);
    expect(heard.sort()).toEqual(
      ['eu-west-1', 'us-east-1'].map((region) => `arn:aws:kms:${region}:${ACCOUNT}:key/${keyId}`),
    );
  });
});
