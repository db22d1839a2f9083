import { AwsError } from '../errors.ts';
import type { Call } from '../operation.ts';
import type { ParameterRecord, ParameterTier } from '../records.ts';

const characters = { Standard: 4096, Advanced: 8192 } as const;
const parameters = { Standard: 10_000, Advanced: 100_000 } as const;
const manual =
  'https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html';

/**
 * The tier that a write ends in. A tier left out is the account's default, which is Standard here, except
 * that a parameter which is Advanced stays so.
 * @throws AwsError ValidationException
 */
export function chooseTier(
  asked: ParameterTier | 'Intelligent-Tiering' | undefined,
  old: ParameterTier | undefined,
  value: string,
): ParameterTier {
  const tier = asked === undefined || asked === 'Intelligent-Tiering' ? suitable(asked, old, value) : asked;
  if (tier === 'Standard' && old === 'Advanced')
    throw new AwsError(
      'ValidationException',
      `This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter. For more information, see ${manual}`,
    );
  // AWS's errors say characters, its manual KB: bytes of UTF-8 are the stricter reading.
  if (Buffer.byteLength(value) <= characters[tier]) return tier;
  const limit = `support a maximum parameter value of ${characters[tier]} characters.`;
  throw new AwsError(
    'ValidationException',
    tier === 'Standard'
      ? `Standard tier parameters ${limit} To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see ${manual}`
      : `The specified parameter value is too large. Advanced-tier parameters ${limit}`,
  );
}

function suitable(asked: string | undefined, old: ParameterTier | undefined, value: string): ParameterTier {
  if (old === 'Advanced') return old;
  const large = Buffer.byteLength(value) > characters.Standard;
  return asked === 'Intelligent-Tiering' && large ? 'Advanced' : 'Standard';
}

/** @throws AwsError ParameterLimitExceeded */
export function requireRoom(call: Call, tier: ParameterTier, old: ParameterRecord | undefined): void {
  if (old?.tier === tier) return;
  if (call.tx.countOf('parameter', call.region, tier) < parameters[tier]) return;
  throw new AwsError(
    'ParameterLimitExceeded',
    `You have reached the maximum number of ${tier.toLowerCase()} parameters for this AWS account and Region (${parameters[tier]}).`,
  );
}
