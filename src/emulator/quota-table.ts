import { EmulatorError } from './errors.ts';
import type { Quota, QuotaSetting, QuotaTable } from './types.ts';
import { isObject } from './validate.ts';

const everywhere = (rate: number, ...operations: readonly string[]): Quota => ({
  region: '*',
  operations,
  rate,
  burst: rate,
});

/**
 * AWS's defaults, each with a second's worth of burst. "Each quota is calculated independently for each Region of each
 * AWS account" (KMS developer guide, Quotas).
 */
export const awsQuotas: QuotaTable = [
  // "Default throughput: 40. Shared by the following API actions: GetParameter, GetParameters, GetParametersByPath."
  everywhere(40, 'GetParameter', 'GetParameters', 'GetParametersByPath'),
  // AWS documents none for these. Its support names 3 for PutParameter; the others are known to be low, not how low.
  everywhere(3, 'PutParameter'),
  everywhere(5, 'DescribeParameters'),
  everywhere(10, 'GetParameterHistory'),
  // "Cryptographic operations (symmetric) request rate", shared; some Regions have several times as much.
  everywhere(
    10_000,
    'Decrypt',
    'Encrypt',
    'GenerateDataKey',
    'GenerateDataKeyWithoutPlaintext',
    'GenerateRandom',
    'ReEncrypt',
  ),
  // The rest of "Request quotas for each AWS KMS API operation", each on its own.
  ...Object.entries({
    CancelKeyDeletion: 5,
    CreateAlias: 5,
    CreateKey: 5,
    DeleteAlias: 15,
    DescribeKey: 2000,
    DisableKey: 5,
    DisableKeyRotation: 5,
    EnableKey: 5,
    EnableKeyRotation: 15,
    GetKeyPolicy: 1000,
    GetKeyRotationStatus: 1000,
    GetPublicKey: 2000,
    ListAliases: 500,
    ListKeyPolicies: 100,
    ListKeyRotations: 100,
    ListKeys: 500,
    ListResourceTags: 2000,
    PutKeyPolicy: 15,
    ReplicateKey: 5,
    RotateKeyOnDemand: 5,
    ScheduleKeyDeletion: 15,
    TagResource: 10,
    UntagResource: 5,
    UpdateAlias: 5,
    UpdateKeyDescription: 5,
    UpdatePrimaryRegion: 5,
  }).map(([operation, rate]) => everywhere(rate, operation)),
];

/** Checks quotas from outside. @throws EmulatorError emulator_option_invalid */
export function readQuota(value: unknown): QuotaTable {
  if (value === 'aws') return awsQuotas;
  if (value === 'off') return [];
  if (!Array.isArray(value)) throw invalid('neither "aws", "off" nor a list');
  return value.map(readOne);
}

const invalid = (what: string): EmulatorError =>
  new EmulatorError(
    'emulator_option_invalid',
    `not a quota: ${what}`,
    'give "aws", "off", or a region, operations, a rate and a burst for each',
  );

function readOne(value: unknown): Quota {
  if (!isObject(value)) throw invalid('not an object');
  const { region, operations, rate, burst } = value;
  if (typeof region !== 'string' || region === '') throw invalid('no region');
  if (!Array.isArray(operations) || operations.length === 0) throw invalid('no operations');
  const names = operations.map((name: unknown) => {
    if (typeof name !== 'string' || !/^[A-Za-z]+$/.test(name)) throw invalid('an operation that is no name');
    return name;
  });
  if (typeof rate !== 'number' || !(rate > 0) || rate > 1e9) throw invalid('rate is not a number above 0');
  // A bucket that holds less than one token would never let anything through.
  if (typeof burst !== 'number' || !(burst >= 1) || burst > 1e9)
    throw invalid('burst is not a number from 1');
  return { region, operations: names, rate, burst };
}

/** What to hand to setQuota, from words: `aws`, `off`, or `[region/]Operation[+Operation…]=rate[:burst]`. */
export function parseQuota(words: readonly string[]): QuotaSetting {
  if (words.includes('off')) {
    if (words.length > 1) throw invalid('"off" together with others');
    return 'off';
  }
  // Whatever their order, what is said of one operation goes before the table.
  const own = words.filter((word) => word !== 'aws').map(parseOne);
  return words.includes('aws') ? [...own, ...awsQuotas] : own;
}

function parseOne(word: string): Quota {
  const [, region = '*', operations = '', rate = '', burst] =
    /^(?:([a-z0-9-]+|\*)\/)?([A-Za-z+]+)=(\d+(?:\.\d+)?)(?::(\d+))?$/.exec(word) ?? [];
  if (operations === '') throw invalid(`${JSON.stringify(word)} is not like GetParameters=8:8`);
  return readOne({
    region,
    operations: operations.split('+'),
    rate: Number(rate),
    burst: burst === undefined ? Math.max(1, Number(rate)) : Number(burst),
  });
}

/** The same quota as a word. */
export function quotaWord({ region, operations, rate, burst }: Quota): string {
  return `${region === '*' ? '' : `${region}/`}${operations.join('+')}=${rate}:${burst}`;
}
