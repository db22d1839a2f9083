/** The KMS key that a vault is to be rewrapped to: looked at before anything is asked of it. */
import type { KeyMetadata } from '@aws-sdk/client-kms';
import { partitionOf, type Settings } from '../../config/index.ts';
import { KEY_ID } from '../../config/key-id.ts';
import { WaxsealError } from '../../errors.ts';
import { bareKeyId, keyIdInRegion, namesKey } from '../arn.ts';
import { introduce } from './identity.ts';
import { describeKey, keyName } from './keys.ts';
import { awsCommand } from './remedies.ts';
import { type LookOptions, type Scope, withScope } from './scope.ts';

/**
 * The bare id of the KMS key to go under. One DescribeKey at home tells whether it can take the vault; a second one
 * asks for the vault's own key where waxseal.json leaves that to the alias and accepts no such key.
 * @param to - id, ARN or alias
 * @param endpoint - the server that stands in for AWS, if one does
 * @throws WaxsealError `usage` for a key that cannot take the vault, or that its applications do not accept yet;
 *   `key_not_found`, `key_unusable`, `denied`, and what calls can meet
 */
export function rewrapTarget(
  settings: Settings,
  endpoint: string | undefined,
  to: string,
  options: LookOptions,
): Promise<string> {
  return withScope(settings, endpoint, options, async (scope) => {
    const [home] = settings.regions;
    if (to.startsWith('arn:')) await checkArn(scope, to);
    const answer = await describeKey(scope, home, keyIdInRegion(to, home));
    if (!answer.ok) throw notThere(to, answer.error);
    const { KeyId: keyId = '' } = answer.value;
    checkKey(scope, home, answer.value);
    await checkAccepted(scope, home, keyId);
    return keyId;
  });
}

/**
 * The bare id of a KMS key that somebody named. Only an alias has to be asked for, at home.
 * @throws WaxsealError `usage` for what is no name of a key at all; `key_not_found`, and what a call can meet
 */
export function keyIdOf(
  settings: Settings,
  endpoint: string | undefined,
  name: string,
  options: LookOptions,
): Promise<string> {
  if (namesKey(name)) {
    if (KEY_ID.test(name)) return Promise.resolve(bareKeyId(name));
    return Promise.reject(
      new WaxsealError('usage', `${JSON.stringify(name)} is neither id, ARN nor alias of a KMS key`, {
        hint: 'an id is "mrk-" and 32 hexadecimal digits, or a UUID; an alias begins with "alias/"',
      }),
    );
  }
  return withScope(settings, endpoint, options, async (scope) => {
    const answer = await describeKey(scope, settings.regions[0], name);
    if (!answer.ok) throw notThere(name, answer.error);
    return answer.value.KeyId ?? '';
  });
}

/**
 * The bare id of the vault's own KMS key. An alias is asked for, at home.
 * @returns undefined where KMS does not say it
 * @throws WaxsealError `cancelled`
 */
export function ownKeyId(
  settings: Settings,
  endpoint: string | undefined,
  options: LookOptions,
): Promise<string | undefined> {
  return withScope(settings, endpoint, options, ownKeyOf);
}

async function ownKeyOf(scope: Scope): Promise<string | undefined> {
  const [home] = scope.settings.regions;
  const name = keyName(scope, home);
  if (namesKey(name)) return bareKeyId(name);
  const answer = await describeKey(scope, home, name);
  return answer.ok ? answer.value.KeyId : undefined;
}

/** What an ARN says by itself. */
async function checkArn(scope: Scope, arn: string): Promise<void> {
  const { regions } = scope.settings;
  const [home] = regions;
  const [, partition = '', , region = '', account = '', resource = ''] = arn.split(':');
  if (partition !== partitionOf(home)) {
    throw refused(`the key is in partition ${partition}, home ${home} in ${partitionOf(home)}`);
  }
  // A multi-region key has an ARN of its own in each of its regions, and is the same key.
  const related = resource.startsWith('key/mrk-') && regions.includes(region);
  if (region !== home && !related) {
    throw refused(
      `the key is in ${region}, home is ${home}`,
      `a data key is wrapped in ${home}: name a key that is there`,
    );
  }
  const expected = await accountOf(scope);
  if (expected !== undefined && account !== expected) {
    throw refused(
      `the key is in account ${account}, the vault in ${expected}`,
      'a key of another account could be taken away by others',
    );
  }
}

async function accountOf(scope: Scope): Promise<string | undefined> {
  const { aws, file } = scope.settings;
  const named = aws.kind === 'account' ? file?.config.account : undefined;
  return named ?? (await introduce(scope)).caller?.account;
}

function checkKey(scope: Scope, home: string, key: KeyMetadata): void {
  const { KeyId = '', KeySpec, KeyUsage, KeyState, KeyManager } = key;
  if (KeyManager === 'AWS')
    throw refused(`${KeyId} is a key of AWS's own`, 'only a service uses it: make one');
  if (KeySpec !== 'SYMMETRIC_DEFAULT' || KeyUsage !== 'ENCRYPT_DECRYPT') {
    throw refused(
      `${KeyId} is a key of kind ${KeySpec ?? '?'} for ${KeyUsage ?? '?'}`,
      'data keys are wrapped by SYMMETRIC_DEFAULT keys for ENCRYPT_DECRYPT',
    );
  }
  if (KeyState !== 'Enabled') {
    throw new WaxsealError('key_unusable', `${KeyId} is in state ${KeyState ?? 'unknown'} in ${home}`, {
      hint: `nothing was written; ${awsCommand(scope, `kms enable-key --key-id ${KeyId}`, home)}, after cancel-key-deletion where it is pending deletion`,
      region: home,
    });
  }
  checkReplicas(scope, home, key);
}

function checkReplicas(scope: Scope, home: string, { KeyId = '', ...key }: KeyMetadata): void {
  const replicas = scope.settings.regions.filter((region) => region !== home);
  if (replicas.length === 0) return;
  if (key.MultiRegion !== true) {
    throw refused(
      `${KeyId} exists in ${home} only, the vault also in ${replicas.join(', ')}`,
      'name a multi-region key (its id begins with "mrk-"); a key never becomes one',
    );
  }
  const { PrimaryKey, ReplicaKeys = [] } = key.MultiRegionConfiguration ?? {};
  const there = [PrimaryKey, ...ReplicaKeys].map((one) => one?.Region);
  const lacking = replicas.filter((region) => !there.includes(region));
  if (lacking.length === 0) return;
  const replicate = `kms replicate-key --key-id ${KeyId} --replica-region ${lacking[0]}`;
  throw refused(
    `${KeyId} has no replica in ${lacking.join(', ')}, where the vault would not open any more`,
    `${awsCommand(scope, replicate, PrimaryKey?.Region ?? home)}, with the key policy of the primary`,
  );
}

/** Applications have to accept both keys before anything moves. */
async function checkAccepted(scope: Scope, home: string, keyId: string): Promise<void> {
  const { settings } = scope;
  const accepted = (settings.acceptedKeys ?? []).map(bareKeyId);
  if (accepted.includes(keyId)) return;
  if ((await ownKeyOf(scope)) === keyId) return;
  const own = keyName(scope, home);
  throw refused(
    `the applications of ${settings.vault} do not accept key ${keyId} yet`,
    `add it, deploy that to every application, then run this again: ${lineToAdd(settings, own, keyId)}`,
  );
}

function lineToAdd(settings: Settings, own: string, keyId: string): string {
  const { file, vault, kmsKey, acceptedKeys = [] } = settings;
  const known = file?.config.vaults[vault];
  const fromFile =
    known !== undefined && kmsKey === known.keyId && `${acceptedKeys}` === `${known.acceptedKeyIds}`;
  const all = [...acceptedKeys, keyId];
  if (!fromFile) return `WAXSEAL_KMS_KEY=${[own, ...all].join(',')}`;
  return `"acceptedKeyIds": ${JSON.stringify(all).replaceAll(',', ', ')} for "${vault}" in ${file?.file}`;
}

function notThere(name: string, error: WaxsealError): WaxsealError {
  if (error.code !== 'key_not_found') return error;
  return new WaxsealError(error.code, `there is no KMS key ${name} (${error.message})`, {
    hint: 'check id, alias, region and account; nothing was written',
    cause: error,
    region: error.region,
  });
}

function refused(message: string, hint?: string): WaxsealError {
  return new WaxsealError('usage', message, {
    hint: hint === undefined ? 'nothing was written' : `nothing was written; ${hint}`,
  });
}
