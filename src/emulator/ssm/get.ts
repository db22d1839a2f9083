import { AwsError } from '../errors.ts';
import { type Call, type Operations, operation } from '../operation.ts';
import { byBytes } from '../paging.ts';
import { boolean, list, optional, required } from '../validate.ts';
import { parameterName, readReference } from './names.ts';
import { parameterAnswer, type Selected, select } from './versions.ts';

const missing = ['ParameterNotFound', 'ParameterVersionNotFound'];

function selectIfThere(call: Call, name: string): Selected | undefined {
  try {
    return select(call, readReference(call, name));
  } catch (error) {
    if (error instanceof AwsError && missing.includes(error.code)) return undefined;
    throw error;
  }
}

export const getOperations: Operations = {
  GetParameter: operation({ Name: parameterName, WithDecryption: optional(boolean()) }, (call, input) => {
    const selected = select(call, readReference(call, input.Name));
    return { Parameter: parameterAnswer(call, selected, input.WithDecryption ?? false) };
  }),
  GetParameters: operation(
    { Names: required(list(parameterName, { min: 1, max: 10 })), WithDecryption: optional(boolean()) },
    (call, input) => {
      if (new Set(input.Names).size < input.Names.length)
        throw new AwsError('ValidationException', 'The request holds duplicate parameter names.');
      const found: Selected[] = [];
      const invalid: string[] = [];
      for (const name of input.Names) {
        const selected = selectIfThere(call, name);
        if (selected === undefined) invalid.push(name);
        else found.push(selected);
      }
      // "The results for GetParameters requests are listed in alphabetical order."
      const label = (one: Selected): string => one.name + (one.selector ?? '');
      found.sort((a, b) => byBytes(label(a), label(b)));
      const decrypted = input.WithDecryption ?? false;
      return {
        Parameters: found.map((one) => parameterAnswer(call, one, decrypted)),
        InvalidParameters: invalid,
      };
    },
  ),
};
