/** The key that a vault is sealed under, region by region. */
import { DescribeKeyCommand, type KeyMetadata } from '@aws-sdk/client-kms';
import { bareKeyId, keyIdInRegion, namesKey } from '../arn.ts';
import { type Finding, findingsOf } from './finding.ts';
import { awsCommand, deployAgain, followKeyId, makeVault } from './remedies.ts';
import { type Answer, ask, type Scope } from './scope.ts';

/** A region's key as KMS describes it. */
export interface RegionKey {
  readonly region: string;
  readonly key: KeyMetadata;
}

/** The id, ARN or alias by which the vault's key is asked for in a region. */
export function keyName({ settings, plan }: Scope, region: string): string {
  return keyIdInRegion(settings.kmsKey ?? plan.alias, region);
}

/** Describes the vault's key, or what stands behind another name. */
export async function describeKey(
  scope: Scope,
  region: string,
  name: string = keyName(scope, region),
): Promise<Answer<KeyMetadata>> {
  const { kms } = scope.clients.of(region);
  const answer = await ask(scope, 'kms:DescribeKey', region, (abortSignal) =>
    kms.send(new DescribeKeyCommand({ KeyId: name }), { abortSignal }),
  );
  if (!answer.ok) return answer;
  return { ok: true, value: answer.value.KeyMetadata ?? { KeyId: '' } };
}

/** Judges what DescribeKey said of the vault's key in a region. @param keys - those of all regions that have one */
export function judgeKey(
  scope: Scope,
  region: string,
  answer: Answer<KeyMetadata>,
  keys: readonly RegionKey[],
): Finding {
  const say = findingsOf('key', region);
  const name = keyName(scope, region);
  if (!answer.ok) {
    if (answer.error.code === 'key_not_found') {
      return say('fail', `there is no key ${name}`, bringBack(scope, region, keys));
    }
    return say('untested', answer.error.message, answer.error.hint);
  }
  const { KeyId = '', KeyState = '' } = answer.value;
  const behind = name === KeyId ? KeyId : `${name} is key ${KeyId},`;
  const lonely = scope.plan.regions.length > 1 && answer.value.MultiRegion !== true;
  if (lonely) {
    return say(
      'fail',
      `${behind} which is not a multi-region key: no other region opens what it sealed`,
      `give the vault a multi-region key, or no replicas; a key never becomes one`,
    );
  }
  if (KeyState === 'Enabled') return say('ok', `${behind} enabled`);
  return judgeState(scope, region, answer.value, behind);
}

/** Where other regions have the key, making the vault again would make another one. */
function bringBack(scope: Scope, region: string, keys: readonly RegionKey[]): string {
  const known = keys[0]?.key.KeyId;
  if (known === undefined || scope.settings.kmsKey !== undefined) return makeVault(scope);
  const create = `kms create-alias --alias-name ${scope.plan.alias} --target-key-id ${known}`;
  return deployAgain(scope) ?? `${awsCommand(scope, create, region)}, if the key is there`;
}

function judgeState(scope: Scope, region: string, key: KeyMetadata, behind: string): Finding {
  const say = findingsOf('key', region);
  const { KeyId = '', KeyState = '', DeletionDate, CustomKeyStoreId = '' } = key;
  const enable = awsCommand(scope, `kms enable-key --key-id ${KeyId}`, region);
  const cancel = awsCommand(scope, `kms cancel-key-deletion --key-id ${KeyId}`, region);
  const by = `by role ${scope.settings.file?.config.breakGlass.role ?? 'of break-glass'} or an administrator`;
  switch (KeyState) {
    case 'Disabled':
      return say('fail', `${behind} disabled: nothing opens there`, `${enable}, ${by}`);
    case 'PendingDeletion': {
      const when = DeletionDate === undefined ? '' : ` on ${DeletionDate.toISOString().slice(0, 10)}`;
      return say(
        'fail',
        `${behind} about to be deleted${when}, and with it every secret sealed under it`,
        `now: ${cancel}, then ${enable}, ${by}`,
      );
    }
    case 'PendingReplicaDeletion':
      return say(
        'fail',
        `${behind} about to be deleted as soon as its last replica key is`,
        `now: ${cancel}, then ${enable}, ${by}; and for each replica key the same in its region`,
      );
    case 'Creating':
      return say('fail', `${behind} still being made`, 'wait a minute, then look again');
    case 'Updating':
      return say('warn', `${behind} usable while its primary region is changed`, 'wait, then look again');
    case 'Unavailable':
      return say(
        'fail',
        `${behind} in a key store that is not connected`,
        awsCommand(
          scope,
          `kms connect-custom-key-store --custom-key-store-id ${CustomKeyStoreId || 'ID'}`,
          region,
        ),
      );
    case 'PendingImport':
      return say(
        'fail',
        `${behind} without key material, which was to be imported`,
        'import the same material again (kms:ImportKeyMaterial)',
      );
    default:
      return say('fail', `${behind} in state ${KeyState || 'unknown'}`, 'look at the key in the KMS console');
  }
}

/** Judges whether all regions have the same key. */
export function judgeSameKey(scope: Scope, keys: readonly RegionKey[]): readonly Finding[] {
  if (keys.length < 2) return [];
  const say = findingsOf('same-key');
  const ids = new Set(keys.map(({ key }) => key.KeyId));
  if (ids.size === 1) return [say('ok', `the same key in ${keys.map(({ region }) => region).join(', ')}`)];
  const each = keys.map(({ region, key }) => `${key.KeyId} in ${region}`).join(', ');
  const move = awsCommand(
    scope,
    `kms update-alias --alias-name ${scope.plan.alias} --target-key-id ID`,
    'REGION',
  );
  return [
    say(
      'fail',
      `the regions have different keys: ${each}; what one seals another does not open`,
      `find out who moved the alias (CloudTrail: UpdateAlias, DeleteAlias), then ${deployAgain(scope) ?? move}`,
    ),
  ];
}

/** Judges whether the primary key is where waxseal.json has it. */
export function judgePrimary({ plan }: Scope, keys: readonly RegionKey[]): readonly Finding[] {
  const actual = keys[0]?.key.MultiRegionConfiguration?.PrimaryKey?.Region;
  const expected = plan.key?.region;
  if (actual === undefined || expected === undefined || plan.regions.length < 2) return [];
  if (actual === expected) return [];
  return [
    findingsOf('primary')(
      'warn',
      `the primary key is in ${actual}, waxseal.json has it in ${expected}`,
      `set "primary": "${actual}" for ${plan.vault} in waxseal.json`,
    ),
  ];
}

/** Looks whether the alias stands before the key that the configuration names, where it names one. */
export async function examineAlias(scope: Scope, region: string): Promise<readonly Finding[]> {
  const { kmsKey } = scope.settings;
  if (kmsKey === undefined || !namesKey(kmsKey)) return [];
  const say = findingsOf('alias', region);
  const { alias } = scope.plan;
  const id = bareKeyId(kmsKey);
  const mend = (verb: string): string =>
    deployAgain(scope) ??
    awsCommand(scope, `kms ${verb}-alias --alias-name ${alias} --target-key-id ${id}`, region);
  const answer = await describeKey(scope, region, alias);
  if (answer.ok) {
    const { KeyId } = answer.value;
    return KeyId === id
      ? [say('ok', `${alias} stands before the key that the configuration names`)]
      : [
          say(
            'fail',
            `${alias} stands before ${KeyId}, the configuration names ${id}`,
            followKeyId(scope) ?? mend('update'),
          ),
        ];
  }
  return answer.error.code === 'key_not_found'
    ? [say('fail', `there is no ${alias} before the key that the configuration names`, mend('create'))]
    : [say('untested', answer.error.message, answer.error.hint)];
}
