/** What the caller may do with a vault in one region. Nothing here changes anything, but for the probe. */
import { DecryptCommand, GenerateDataKeyCommand, ReEncryptCommand } from '@aws-sdk/client-kms';
import { partitionOf } from '../../config/index.ts';
import { parameterName, VAULT_CONTEXT_KEY } from '../../secret-name.ts';
import { sdkParameterStore } from '../sdk/parameter-store.ts';
import { type Finding, findingsOf } from './finding.ts';
import { keyName } from './keys.ts';
import { type Probe, probeWrite } from './probe.ts';
import { type Answer, ask, type CallerIdentity, type Scope } from './scope.ts';
import type { Simulate } from './simulate.ts';
import { together } from './together.ts';
import { addUp, type Verdict, verdictOf } from './verdict.ts';

/** What is known of a region before its rights are looked at. */
export interface RightsInput {
  readonly region: string;
  /** The bare id of the key, where it is known. */
  readonly keyId: string | undefined;
  readonly descriptor: Answer<string | undefined>;
  readonly caller: CallerIdentity | undefined;
  readonly simulate: Simulate;
  /** Write a parameter and delete it again. */
  readonly probe: boolean;
}

/** The rights in one region. */
export interface Rights {
  readonly findings: readonly Finding[];
  /** Neither parameters nor key may be read. */
  readonly blind: boolean;
}

const KEY_ADMINISTRATION = [
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:PutKeyPolicy',
  'kms:CancelKeyDeletion',
];
const IGNORE = ['IGNORE_CIPHERTEXT' as const];

/** Finds out what the caller may do. */
export async function examineRights(scope: Scope, input: RightsInput): Promise<Rights> {
  const { region, descriptor } = input;
  const [decrypt, generate, reEncrypt, list, put, administer] = await together([
    dryRun(scope, region, 'kms:Decrypt'),
    dryRun(scope, region, 'kms:GenerateDataKey'),
    dryRun(scope, region, 'kms:ReEncrypt'),
    mayList(scope, region),
    mayPut(scope, input),
    mayAdminister(scope, input),
  ]);
  const get = verdictOf('ssm:GetParameters', descriptor);
  const say = (check: Finding['check']) => findingsOf(check, region);
  return {
    findings: [
      addUp(scope, say('read'), { what: 'read secrets', level: 'reader' }, [decrypt, get, list]),
      addUp(
        scope,
        say('write'),
        { what: 'write secrets', level: 'writer', whenUnknown: howToTry(put.verdict) },
        [generate, put.verdict],
      ),
      ...put.left,
      addUp(scope, say('administer'), { what: 'administer the key and its parameters', level: 'admin' }, [
        reEncrypt,
        administer,
      ]),
    ],
    blind: decrypt.may === false && get.may === false,
  };
}

type Tried = 'kms:Decrypt' | 'kms:GenerateDataKey' | 'kms:ReEncrypt';

async function dryRun(scope: Scope, region: string, action: Tried): Promise<Verdict> {
  const { kms } = scope.clients.of(region);
  const KeyId = keyName(scope, region);
  const context = { [VAULT_CONTEXT_KEY]: scope.plan.vault };
  const send: Readonly<Record<Tried, (options: { abortSignal: AbortSignal }) => Promise<unknown>>> = {
    'kms:Decrypt': (options) =>
      kms.send(
        new DecryptCommand({ KeyId, EncryptionContext: context, DryRun: true, DryRunModifiers: IGNORE }),
        options,
      ),
    'kms:GenerateDataKey': async (options) => {
      const input = { KeyId, EncryptionContext: context, KeySpec: 'AES_256' as const, DryRun: true };
      const made = await kms.send(new GenerateDataKeyCommand(input), options);
      // A server that knows no dry runs made one.
      made.Plaintext?.fill(0);
    },
    'kms:ReEncrypt': (options) =>
      kms.send(
        new ReEncryptCommand({
          SourceKeyId: KeyId,
          DestinationKeyId: KeyId,
          SourceEncryptionContext: context,
          DestinationEncryptionContext: context,
          DryRun: true,
          DryRunModifiers: IGNORE,
        }),
        options,
      ),
  };
  return verdictOf(action, await ask(scope, action, region, (abortSignal) => send[action]({ abortSignal })));
}

async function mayList(scope: Scope, region: string): Promise<Verdict> {
  const action = 'ssm:GetParametersByPath';
  const parameters = sdkParameterStore(region, scope.clients.of(region).ssm);
  const answer = await ask(scope, action, region, async (signal) => {
    // One page tells.
    for await (const _ of parameters.list(scope.plan.vault, signal)) break;
  });
  return verdictOf(action, answer);
}

async function mayPut(scope: Scope, input: RightsInput): Promise<Probe> {
  if (input.probe) return probeWrite(scope, input.region);
  const verdict = await input.simulate(
    input.region,
    ['ssm:PutParameter'],
    [parameterArn(input, parameterName(scope.plan.vault, 'EXAMPLE'))],
  );
  return { verdict, left: [] };
}

async function mayAdminister(scope: Scope, input: RightsInput): Promise<Verdict> {
  const { region, keyId, simulate } = input;
  const entry = parameterArn(input, parameterName(scope.plan.vault, 'EXAMPLE'));
  const [ofKey, ofParameters] = await together([
    keyId === undefined
      ? Promise.resolve<Verdict>({ action: 'kms:*', may: undefined, why: 'there is no key' })
      : simulate(region, KEY_ADMINISTRATION, [arn(input, 'kms', `key/${keyId}`)]),
    simulate(region, ['ssm:DeleteParameter', 'ssm:LabelParameterVersion'], [entry]),
  ]);
  return [ofKey, ofParameters].find(({ may }) => may !== true) ?? ofKey;
}

function howToTry(put: Verdict): string | undefined {
  return put.may === undefined && put.action === 'ssm:PutParameter'
    ? '"waxseal doctor --probe-write" writes a parameter and deletes it again'
    : undefined;
}

function parameterArn(input: RightsInput, name: string): string {
  return arn(input, 'ssm', `parameter${name}`);
}

function arn({ region, caller }: RightsInput, service: string, resource: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${caller?.account ?? ''}:${resource}`;
}
