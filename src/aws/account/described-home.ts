/** Where home is, as the account itself has it: the descriptor in each region, and where the KMS primary key is. */
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { descriptorText, type Settings } from '../../config/index.ts';
import { WaxsealError } from '../../errors.ts';
import { fromAws } from '../errors.ts';
import { fieldsOf } from '../stored-fields.ts';
import { readDescriptor } from './descriptors.ts';
import { describeKey } from './keys.ts';
import { type LookOptions, type Scope, withScope } from './scope.ts';

/** A region's descriptor against the configuration. */
export interface DescribedRegion {
  readonly region: string;
  /**
   * `agrees`; `other`: it says another home or other regions; `missing`; `foreign`: it names another KMS key than the
   * alias, so that it is not to be made right without a look; `unknown`: it could not be asked.
   */
  readonly state: 'agrees' | 'other' | 'missing' | 'foreign' | 'unknown';
  /** What it should say; undefined where the key could not be asked. */
  readonly expected: string | undefined;
  readonly error?: WaxsealError;
}

/** What stands in AWS about a vault's home. */
export interface HomeStanding {
  /** The region of the KMS primary key, where KMS tells. */
  readonly primary: string | undefined;
  /** Home first. */
  readonly regions: readonly DescribedRegion[];
}

/**
 * Compares the descriptors of all regions with what the settings say.
 * @param settings - with the regions as they are meant to be, home first
 * @param endpoint - the server that stands in for AWS, if one does
 * @throws WaxsealError `cancelled`
 */
export function standingOfHome(
  settings: Settings,
  endpoint: string | undefined,
  options: LookOptions,
): Promise<HomeStanding> {
  return withScope(settings, endpoint, options, async (scope) => {
    const looks = await Promise.all(scope.plan.regions.map((region) => lookAt(scope, region)));
    return {
      primary: looks.find(({ primary }) => primary !== undefined)?.primary,
      regions: looks.map(({ described }) => described),
    };
  });
}

/**
 * Writes a descriptor of the embedded AWS, where no deploy does.
 * @throws WaxsealError what writing can meet
 */
export function writeDescriptor(
  settings: Settings,
  endpoint: string | undefined,
  { region, expected }: DescribedRegion,
  options: LookOptions,
): Promise<void> {
  return withScope(settings, endpoint, options, async ({ plan, clients, signal, timeout }) => {
    if (expected === undefined) throw new WaxsealError('unexpected', `the key in ${region} is not known`);
    const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
    try {
      const input = {
        Name: plan.descriptorName,
        Value: expected,
        Type: 'String',
        Tier: 'Standard',
        Overwrite: true,
      } as const;
      await clients.of(region).ssm.writer.send(new PutParameterCommand(input), { abortSignal });
    } catch (error) {
      throw fromAws(error, { action: 'ssm:PutParameter', region }, abortSignal);
    }
  });
}

async function lookAt(
  scope: Scope,
  region: string,
): Promise<{ readonly described: DescribedRegion; readonly primary: string | undefined }> {
  const [key, found] = await Promise.all([describeKey(scope, region), readDescriptor(scope, region)]);
  const primary = key.ok ? key.value.MultiRegionConfiguration?.PrimaryKey?.Region : undefined;
  const keyId = key.ok ? key.value.KeyId : undefined;
  const expected = keyId === undefined ? undefined : descriptorText(scope.plan, keyId);
  const error = found.ok ? (key.ok ? undefined : key.error) : found.error;
  if (!found.ok || expected === undefined) {
    return {
      described: { region, state: 'unknown', expected, ...(error === undefined ? {} : { error }) },
      primary,
    };
  }
  const state =
    found.value === undefined
      ? 'missing'
      : found.value === expected
        ? 'agrees'
        : namesOtherKey(found.value, keyId)
          ? 'foreign'
          : 'other';
  return { described: { region, state, expected }, primary };
}

function namesOtherKey(text: string, keyId: string | undefined): boolean {
  const named = fieldsOf(text)?.kms;
  return typeof named === 'string' && named !== keyId;
}
