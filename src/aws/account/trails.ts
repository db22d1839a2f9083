/** The trail that alarms about keys need: EventBridge hears of calls to KMS from CloudTrail only. */
import {
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { type Finding, findingsOf } from './finding.ts';
import { ask, type Scope } from './scope.ts';
import { type Coverage, coverageOf } from './selectors.ts';

/** A trail that covers a region. */
export interface TrailFacts {
  readonly name: string;
  readonly homeRegion: string;
  readonly logging: boolean;
  readonly coverage: Coverage;
}

/** A trail that may not be looked at. */
export interface HiddenTrail {
  readonly name: string;
  readonly why: string;
}

/** Judges the trails of a region. @param awaited - somebody is to be told by the alarms */
export function judgeTrails(
  region: string,
  trails: readonly (TrailFacts | HiddenTrail)[],
  awaited: boolean,
): Finding {
  const say = findingsOf('trail', region);
  const known = trails.filter((one) => 'coverage' in one);
  const hidden = trails.filter((one) => 'why' in one);
  const logging = known.filter((one) => one.logging);
  const state = awaited ? 'fail' : 'warn';
  const silent = 'alarms about the key stay silent';
  const good = logging.find(({ coverage }) => coverage === 'all');
  if (good !== undefined) return say('ok', `trail ${good.name} logs what the alarms wait for`);
  if (hidden[0] !== undefined) {
    return say('untested', `trail ${hidden[0].name} may not be looked at: ${hidden[0].why}`);
  }
  const some = logging.find(({ coverage }) => coverage === 'some');
  if (some !== undefined) {
    return say(
      'warn',
      `trail ${some.name} logs only some of the write management events`,
      'check in its selectors that it takes those of kms.amazonaws.com',
    );
  }
  const without = logging.find(({ coverage }) => coverage === 'without-kms');
  if (without !== undefined) {
    return say(
      'warn',
      `trail ${without.name} leaves out the events of KMS: ${silent}`,
      `let it log them (aws cloudtrail put-event-selectors --trail-name ${without.name} --region ${without.homeRegion})`,
    );
  }
  const stopped = known.find((one) => !one.logging && one.coverage === 'all');
  if (stopped !== undefined) {
    return say(
      state,
      `trail ${stopped.name} is not logging: ${silent}`,
      `aws cloudtrail start-logging --name ${stopped.name} --region ${stopped.homeRegion}`,
    );
  }
  return say(
    state,
    `no trail logs write management events in ${region}: ${silent}`,
    'make a trail of all regions that logs them (aws cloudtrail create-trail --is-multi-region-trail, then start-logging)',
  );
}

/** Looks at the trails of a region. On anything but an account no call is made. */
export async function examineTrails(scope: Scope, region: string): Promise<Finding> {
  const say = findingsOf('trail', region);
  const { aws, file } = scope.settings;
  if (aws.kind === 'embedded') return say('untested', 'the embedded AWS has no CloudTrail');
  if (aws.kind === 'endpoint') return say('untested', 'CloudTrail is not asked at an endpoint');
  const client = scope.clients.cloudTrail(region);
  const answer = await ask(scope, 'cloudtrail:DescribeTrails', region, (abortSignal) =>
    client.send(new DescribeTrailsCommand({ includeShadowTrails: true }), { abortSignal }),
  );
  if (!answer.ok) return say('untested', answer.error.message, answer.error.hint);
  const covering = (answer.value.trailList ?? []).filter(
    (trail) => trail.IsMultiRegionTrail === true || trail.HomeRegion === region,
  );
  const looked = await Promise.all(covering.map((trail) => lookAt(scope, region, trail)));
  return judgeTrails(region, looked, (file?.config.alarms.email.length ?? 0) > 0);
}

/** Seen from another region a trail is known by its ARN only (GetTrailStatus, "shadow trail"). */
async function lookAt(scope: Scope, region: string, trail: Trail): Promise<TrailFacts | HiddenTrail> {
  const client = scope.clients.cloudTrail(region);
  const arn = trail.TrailARN ?? trail.Name ?? '';
  const [status, selectors] = await Promise.all([
    ask(scope, 'cloudtrail:GetTrailStatus', region, (abortSignal) =>
      client.send(new GetTrailStatusCommand({ Name: arn }), { abortSignal }),
    ),
    ask(scope, 'cloudtrail:GetEventSelectors', region, (abortSignal) =>
      client.send(new GetEventSelectorsCommand({ TrailName: arn }), { abortSignal }),
    ),
  ]);
  const name = trail.Name ?? arn;
  if (!status.ok) return { name, why: status.error.message };
  if (!selectors.ok) return { name, why: selectors.error.message };
  return {
    name: arn,
    homeRegion: trail.HomeRegion ?? region,
    logging: status.value.IsLogging === true,
    coverage: coverageOf(selectors.value),
  };
}
