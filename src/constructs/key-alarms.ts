import { CloudwatchEventRule } from '@cdktf/provider-aws/lib/cloudwatch-event-rule/index.js';
import { CloudwatchEventTarget } from '@cdktf/provider-aws/lib/cloudwatch-event-target/index.js';
import { SnsTopic } from '@cdktf/provider-aws/lib/sns-topic/index.js';
import { SnsTopicPolicy } from '@cdktf/provider-aws/lib/sns-topic-policy/index.js';
import { SnsTopicSubscription } from '@cdktf/provider-aws/lib/sns-topic-subscription/index.js';
import { Construct } from 'constructs';
import { accountName, VAULT_TAG } from '../config/index.ts';
import { logicalId } from './logical-id.ts';
import type { SealedVault } from './sealed-vault.ts';

/** What {@link KeyAlarms} is made from. */
export interface KeyAlarmsProps {
  readonly vaults: readonly SealedVault[];
  /** Who is told, by e-mail; each address has to confirm once a region. Default: nobody, subscribe as you like. */
  readonly email?: readonly string[] | undefined;
  /** The name of the topics. Default: `waxseal-key-alarms`. */
  readonly topicName?: string | undefined;
  /** Tags on the topics; a rule has its vault's. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/**
 * What is told of: calls that make a vault's key unusable, that give others rights over it, or that put another key in
 * its place. An alias can be moved by deleting it and making it again, too, and a replica may carry any policy.
 */
const EVENTS = [
  'DisableKey',
  'ScheduleKeyDeletion',
  'PutKeyPolicy',
  'UpdateAlias',
  'DeleteAlias',
  'DisableKeyRotation',
  'ReplicateKey',
] as const;

/**
 * Alarms in EACH region of the vaults: an EventBridge rule for each vault and a topic. A replica key is disabled, and
 * its alias moved, by calls in its own region, which no other region sees.
 *
 * EventBridge hears of these calls from CloudTrail only: the region needs a trail that logs write management events
 * ("AWS service events via CloudTrail", EventBridge user guide). Refused attempts are told of, too.
 */
export class KeyAlarms extends Construct {
  /** The topics by region. */
  readonly topics: ReadonlyMap<string, SnsTopic>;

  constructor(scope: Construct, id: string, props: KeyAlarmsProps) {
    super(scope, id);
    const { vaults } = props;
    const regions = [...new Set(vaults.flatMap(({ plan }) => plan.regions))];
    this.topics = new Map(regions.map((region) => [region, this.#topic(region, props)]));
    for (const vault of vaults) {
      for (const region of vault.plan.regions) this.#rule(vault, region);
    }
  }

  #topic(region: string, props: KeyAlarmsProps): SnsTopic {
    const { vaults, email = [], topicName = 'waxseal-key-alarms', tags } = props;
    // Not encrypted by KMS: EventBridge could not publish under the AWS managed key, and no message holds a secret.
    const topic = new SnsTopic(this, `topic-${region}`, { region, name: topicName, tags: { ...tags } });
    topic.overrideLogicalId(`alarms__${region}`);
    const where = vaults[0]?.where;
    const policy = new SnsTopicPolicy(this, `topic-policy-${region}`, {
      region,
      arn: topic.arn,
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'PublishByRules',
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sns:Publish',
            Resource: topic.arn,
            // Or a rule of any account could speak through the topic ("confused deputy").
            Condition: { StringEquals: { 'aws:SourceAccount': where?.account } },
          },
        ],
      }),
    });
    policy.overrideLogicalId(`alarms__${region}`);
    for (const [index, address] of email.entries()) {
      const subscription = new SnsTopicSubscription(this, `email-${region}-${index}`, {
        region,
        topicArn: topic.arn,
        protocol: 'email',
        endpoint: address,
      });
      subscription.overrideLogicalId(`alarms__${region}__${emailId(address)}`);
    }
    return topic;
  }

  #rule({ plan, keyId, where }: SealedVault, region: string): void {
    const arn = (what: string): string => `arn:${where.partition}:kms:${region}:${where.account}:${what}`;
    // A vault that uses another's key leaves the alarm about the key to that one.
    const watched = [...(plan.sharesKeyWith === undefined ? [arn(`key/${keyId}`)] : []), arn(plan.alias)];
    const rule = new CloudwatchEventRule(this, `rule${plan.vault}-${region}`, {
      region,
      name: accountName(plan.vault, 'key'),
      description: `somebody touched the key of vault ${plan.vault}`,
      eventPattern: JSON.stringify({
        source: ['aws.kms'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: {
          eventSource: ['kms.amazonaws.com'],
          eventName: EVENTS,
          resources: { ARN: watched },
        },
      }),
      tags: { ...plan.tags },
    });
    rule.overrideLogicalId(logicalId(plan.vault, region));
    const target = new CloudwatchEventTarget(this, `target${plan.vault}-${region}`, {
      region,
      rule: rule.name,
      arn: this.topics.get(region)?.arn ?? '',
      inputTransformer: {
        inputPaths: {
          event: '$.detail.eventName',
          who: '$.detail.userIdentity.arn',
          when: '$.detail.eventTime',
          error: '$.detail.errorCode',
          id: '$.detail.eventID',
        },
        inputTemplate: JSON.stringify(
          `${VAULT_TAG} ${plan.vault} in ${region}: <event> by <who> at <when> (error: <error>). CloudTrail event <id>. If you do not know why, see OPERATIONS.md, "When an alarm comes".`,
        ),
      },
    });
    target.overrideLogicalId(logicalId(plan.vault, region));
  }
}

/** An address as part of a name in Terraform's state; two addresses never share one. */
function emailId(address: string): string {
  return address.replace(/[^A-Za-z0-9]/g, (character) => `_${character.charCodeAt(0).toString(16)}`);
}
