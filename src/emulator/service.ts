import { callerArn } from './arn.ts';
import { AwsError } from './errors.ts';
import { advanceKeys } from './kms/clock.ts';
import { kmsOperations } from './kms/operations.ts';
import type { Answer, Operations } from './operation.ts';
import { ssmOperations } from './ssm/operations.ts';
import type { Store } from './state/store.ts';
import { stsOperations } from './sts.ts';
import type { ServiceName } from './types.ts';

export interface Request {
  readonly service: ServiceName;
  readonly operation: string;
  readonly region: string;
  readonly body: unknown;
}

export interface World {
  readonly store: Store;
  readonly account: string;
  readonly regions: readonly string[];
  readonly now: () => number;
}

const tables: Readonly<Record<ServiceName, Operations>> = {
  kms: kmsOperations,
  ssm: ssmOperations,
  sts: stsOperations,
};

/**
 * Performs one AWS operation from beginning to end; what it changed is saved when this returns.
 * @throws AwsError
 */
export function perform(world: World, { service, operation, region, body }: Request): Answer {
  const { store, account, regions } = world;
  // STS also has a global endpoint, for which clients sign us-east-1 whatever their region is.
  const served = regions.includes(region) || (service === 'sts' && region === 'us-east-1');
  if (!served)
    throw new AwsError(
      'UnrecognizedClientException',
      `this emulator serves ${regions.join(', ')}, and the request is signed for ${region}`,
    );
  const table = tables[service];
  const action = Object.hasOwn(table, operation) ? table[operation] : undefined;
  if (action === undefined)
    throw new AwsError('UnknownOperationException', `this emulator does not know ${service}:${operation}`);
  const now = world.now();
  advanceKeys(store, now);
  return store.transact((tx) =>
    action({ region, account, caller: callerArn(account), regions, now, tx }, body),
  );
}
