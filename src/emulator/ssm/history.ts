import { type Operations, operation, seconds } from '../operation.ts';
import { boolean, integer, optional, string } from '../validate.ts';
import { parameterName, readReference } from './names.ts';
import { tokenPage } from './pages.ts';
import { requireParameter, shownValue, versionsOf } from './versions.ts';

export const historyOperations: Operations = {
  GetParameterHistory: operation(
    {
      Name: parameterName,
      WithDecryption: optional(boolean()),
      MaxResults: optional(integer({ min: 1, max: 50 })),
      NextToken: optional(string()),
    },
    (call, input) => {
      const { name } = readReference(call, input.Name);
      const versions = versionsOf(call, requireParameter(call, name));
      const sorted = versions.map((record) => [String(record.version).padStart(12, '0'), record] as const);
      const scope = ['GetParameterHistory', call.region, name];
      const page = tokenPage(sorted, scope, input.MaxResults ?? 50, input.NextToken);
      const decrypted = input.WithDecryption ?? false;
      return {
        Parameters: page.items.map((record) => ({
          Name: name,
          Type: record.type,
          KeyId: record.keyId,
          LastModifiedDate: seconds(record.modifiedAt),
          LastModifiedUser: record.user,
          Description: record.description,
          Value: shownValue(call, name, record, decrypted),
          AllowedPattern: record.allowedPattern,
          Version: record.version,
          Labels: record.labels,
          Tier: record.tier,
          Policies: [],
          DataType: record.dataType,
        })),
        NextToken: page.next,
      };
    },
  ),
};
