import { type Call, type Operations, operation } from '../operation.ts';
import type { ParameterRecord } from '../records.ts';
import { list, required } from '../validate.ts';
import { parameterName, requireWritableName } from './names.ts';
import { deleteVersion, requireParameter } from './versions.ts';

/** The versions, labels and tags go with it: a parameter of the same name begins at version 1 again. */
function deleteParameter(call: Call, { name, oldest, latest }: ParameterRecord): void {
  for (let version = oldest; version <= latest; version++) deleteVersion(call, name, version);
  call.tx.delete('parameter', call.region, name);
}

export const deleteOperations: Operations = {
  DeleteParameter: operation({ Name: parameterName }, (call, input) => {
    requireWritableName(call, input.Name);
    deleteParameter(call, requireParameter(call, input.Name));
    return {};
  }),
  DeleteParameters: operation(
    { Names: required(list(parameterName, { min: 1, max: 10 })) },
    (call, input) => {
      const deleted: string[] = [];
      const invalid: string[] = [];
      for (const name of new Set(input.Names)) {
        const parameter = call.tx.get('parameter', call.region, name);
        if (parameter === undefined) invalid.push(name);
        else {
          deleteParameter(call, parameter);
          deleted.push(name);
        }
      }
      return { DeletedParameters: deleted, InvalidParameters: invalid };
    },
  ),
};
