/** The examination of one vault: this machine, the account, and every region at once. */
import type { KeyMetadata } from '@aws-sdk/client-kms';
import { accountName, type Settings } from '../../config/index.ts';
import type { Observe } from '../observe.ts';
import { examineAccepted } from './accepted.ts';
import { createAccountClients } from './clients.ts';
import { judgeDescriptor, readDescriptor } from './descriptors.ts';
import { type Finding, findingsOf } from './finding.ts';
import { introduce } from './identity.ts';
import { describeKey, examineAlias, judgeKey, judgePrimary, judgeSameKey } from './keys.ts';
import { answered, judgeReach } from './reach.ts';
import { examineRights } from './rights.ts';
import { examineRotation } from './rotation.ts';
import { type Answer, type CallerIdentity, plannedVault, type Scope } from './scope.ts';
import { type Simulate, simulator } from './simulate.ts';
import { together } from './together.ts';
import { examineTrails } from './trails.ts';

/** In ms: what one call may take, several of which follow one another. */
const CALL_TIMEOUT = 3_000;

/** How a vault is examined. */
export interface ExamineOptions {
  /** Write a parameter in each region and delete it again. */
  readonly probeWrite?: boolean | undefined;
  /** Stops the examination. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each call. */
  readonly observe?: Observe | undefined;
  /** How long one call may take, in ms; default 3,000. */
  readonly timeout?: number | undefined;
  /** Told how many of the parts are through. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/**
 * Examines a vault. Nothing is changed, but for what `probeWrite` asks; nothing has to be there.
 * @param endpoint - the server that stands in for AWS, if one does
 * @throws WaxsealError `cancelled`; what is wrong with the vault is a finding
 */
export async function examineVault(
  settings: Settings,
  endpoint: string | undefined,
  options: ExamineOptions = {},
): Promise<readonly Finding[]> {
  const { signal = new AbortController().signal, timeout = CALL_TIMEOUT, onProgress } = options;
  const clients = createAccountClients(endpoint, options.observe);
  const scope: Scope = { settings, ...plannedVault(settings), clients, signal, timeout };
  // Who asks, each region, and the vault as a whole.
  const total = scope.plan.regions.length + 2;
  let done = 0;
  const through = <T>(value: T): T => {
    onProgress?.({ done: ++done, total });
    return value;
  };
  try {
    const { caller, findings, hopeless } = through(await introduce(scope));
    if (hopeless) {
      const say = findingsOf('region');
      return [...findings, say('untested', 'without credentials that AWS takes nothing else can be asked')];
    }
    // What is written must not end up in somebody else's account.
    const astray = findings.some(({ check, state }) => check === 'account' && state === 'fail');
    const context = {
      caller,
      simulate: simulator(scope, caller),
      probe: options.probeWrite === true && !astray,
    };
    const regions = await together(
      scope.plan.regions.map((region) => examineRegion(scope, region, context).then(through)),
    );
    const keys = regions.flatMap(({ region, described }) =>
      described?.ok === true ? [{ region, key: described.value }] : [],
    );
    const rotation = through(await examineRotation(scope, keys));
    return [
      ...findings,
      ...judgeSameKey(scope, keys),
      ...judgePrimary(scope, keys),
      ...rotation,
      ...withBlindness(
        scope,
        regions.flatMap(({ region, reach, described, findings }) => [
          reach,
          ...(described === undefined ? [] : [judgeKey(scope, region, described, keys)]),
          ...findings,
        ]),
        regions.filter(({ blind }) => blind).length === regions.length,
      ),
    ];
  } finally {
    clients.destroy();
  }
}

interface Context {
  readonly caller: CallerIdentity | undefined;
  readonly simulate: Simulate;
  readonly probe: boolean;
}

interface Examined {
  readonly region: string;
  readonly reach: Finding;
  /** Its key; undefined where the region does not answer. */
  readonly described: Answer<KeyMetadata> | undefined;
  readonly findings: readonly Finding[];
  readonly blind: boolean;
}

async function examineRegion(scope: Scope, region: string, context: Context): Promise<Examined> {
  const [described, descriptor] = await Promise.all([
    describeKey(scope, region),
    readDescriptor(scope, region),
  ]);
  const met = {
    kms: described.ok ? undefined : described.error,
    ssm: descriptor.ok ? undefined : descriptor.error,
  };
  const reach = judgeReach({ region, ...met, known: context.caller !== undefined });
  if (reach.state !== 'ok' && !answered(met.kms) && !answered(met.ssm)) {
    return { region, reach, described: undefined, findings: [], blind: false };
  }
  const keyId = described.ok ? described.value.KeyId : undefined;
  const input = { region, keyId, descriptor, ...context };
  const [alias, accepted, rights, trail] = await together([
    examineAlias(scope, region),
    examineAccepted(scope, region),
    examineRights(scope, input),
    examineTrails(scope, region),
  ]);
  return {
    region,
    reach,
    described,
    findings: [
      ...alias,
      ...accepted,
      judgeDescriptor(scope, region, descriptor, keyId),
      ...rights.findings,
      trail,
    ],
    blind: rights.blind,
  };
}

/** A right that is missing is no failure, unless nothing at all can be read. */
function withBlindness(scope: Scope, findings: readonly Finding[], blind: boolean): readonly Finding[] {
  if (!blind) return findings;
  const fix = `attach the policy ${accountName(scope.plan.vault, 'reader')} to these credentials, or use others`;
  return findings.map((one) => (one.check === 'read' ? { ...one, state: 'fail', fix } : one));
}
