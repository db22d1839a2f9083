import { callerArn } from './arn.ts';
import { createGuard } from './auth/guard.ts';
import type { Caller } from './auth/identities.ts';
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
  /** Absent while no identities are set. */
  readonly caller?: Caller;
  /** See Call. */
  readonly staleMs?: number;
  readonly blank?: boolean;
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

/** What each service calls a failure of its own, such as a write that could not be kept. */
const internalFailures: Readonly<Record<ServiceName, string>> = {
  kms: 'KMSInternalException',
  ssm: 'InternalServerError',
  sts: 'InternalFailure',
};

/**
 * Performs one AWS operation from beginning to end; what it changed is saved when this returns.
 * @throws AwsError
 */
export function perform(world: World, request: Request): Answer {
  try {
    return performUnguarded(world, request);
  } catch (error) {
    if (error instanceof AwsError) throw error;
    // What went wrong inside stays inside: its message could quote the request.
    const { name, code = name } = error as NodeJS.ErrnoException;
    throw new AwsError(internalFailures[request.service], `the emulator failed: ${code}`, 500);
  }
}

function performUnguarded(world: World, request: Request): Answer {
  const { service, operation, region, body, caller, ...shape } = request;
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
  const arn = caller?.principal.arn ?? callerArn(account);
  const guard = caller === undefined ? {} : { guard: createGuard(caller, service, operation) };
  return store.transact((tx) =>
    action({ region, account, caller: arn, regions, now, tx, ...guard, ...shape }, body),
  );
}
