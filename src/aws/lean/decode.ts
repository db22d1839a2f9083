/** AWS's JSON as the values it stands for: dates are seconds since 1970, bytes are base64. */
import { WaxsealError } from '../../errors.ts';
import type { KmsAnswer } from '../opened-key.ts';
import type { AwsParameter } from '../reading.ts';
import type { Json } from './answer.ts';

/** The parameters of an answer. @throws WaxsealError `unexpected` when it is not what AWS documents */
export function parametersIn(answer: Json): readonly AwsParameter[] {
  const { Parameters = [] } = answer;
  if (!Array.isArray(Parameters)) throw undocumented('Parameters');
  return Parameters.map(parameter);
}

/** The token of the next page. @throws WaxsealError `unexpected` when it is not what AWS documents */
export function tokenIn({ NextToken }: Json): string | undefined {
  if (NextToken === undefined || NextToken === null || typeof NextToken === 'string')
    return NextToken ?? undefined;
  throw undocumented('NextToken');
}

/** What Decrypt gave. @throws WaxsealError `unexpected` when it is not what AWS documents */
export function keyIn({ Plaintext, KeyId, KeyMaterialId }: Json): KmsAnswer {
  if (!(Plaintext instanceof Uint8Array) || typeof KeyId !== 'string') {
    throw undocumented('Plaintext or KeyId');
  }
  return { Plaintext, KeyId, ...(typeof KeyMaterialId === 'string' ? { KeyMaterialId } : {}) };
}

function parameter(given: unknown): AwsParameter {
  const { Name, Value, Version, Selector, LastModifiedDate } = (given ?? {}) as Json;
  if (typeof Name !== 'string' || typeof Value !== 'string' || typeof Version !== 'number') {
    throw undocumented('Name, Value or Version');
  }
  return {
    Name,
    Value,
    Version,
    ...(typeof Selector === 'string' ? { Selector } : {}),
    ...(typeof LastModifiedDate === 'number' ? { LastModifiedDate: new Date(LastModifiedDate * 1000) } : {}),
  };
}

/** Says which field it is, never what it holds. */
function undocumented(field: string): WaxsealError {
  return new WaxsealError('unexpected', `an answer of AWS is not as documented: ${field}`, {
    hint: 'check the endpoint: AWS itself does not do this',
  });
}
