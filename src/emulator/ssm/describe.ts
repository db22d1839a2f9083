import { parameterArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Operations, operation, seconds } from '../operation.ts';
import { sortedByKey } from '../paging.ts';
import { boolean, integer, list, oneOf, optional, required, string, structure } from '../validate.ts';
import { describeMatcher, filterField } from './filters.ts';
import { tokenPage } from './pages.ts';
import { isUnder, requirePath } from './path.ts';
import { latestVersion } from './versions.ts';

const oldFilter = structure({
  Key: required(oneOf('Name', 'Type', 'KeyId')),
  Values: required(list(string({ min: 1, max: 1024 }), { min: 1, max: 50 })),
});

export const describeOperations: Operations = {
  DescribeParameters: operation(
    {
      Filters: optional(list(oldFilter)),
      ParameterFilters: optional(list(filterField)),
      MaxResults: optional(integer({ min: 1, max: 50 })),
      NextToken: optional(string()),
      Shared: optional(boolean()),
    },
    (call, input) => {
      const { Filters: old = [], ParameterFilters: given = [] } = input;
      if (old.length > 0 && given.length > 0)
        throw new AwsError(
          'ValidationException',
          'You can use either Filters or ParameterFilters in a single request.',
        );
      const filters = [
        ...given,
        // The deprecated filters match names by their beginning.
        ...old.map(({ Key, Values }) => ({ Key, Option: Key === 'Name' ? 'BeginsWith' : 'Equals', Values })),
      ];
      for (const { Key, Values } of filters) if (Key === 'Path') Values?.forEach(requirePath);
      const matches = describeMatcher(filters, isUnder);
      // Nothing is shared between accounts here.
      const all = input.Shared ? [] : [...call.tx.list('parameter', call.region)];
      const found = all
        .map((parameter) => ({ parameter, version: latestVersion(call, parameter) }))
        .filter(({ parameter, version }) => matches(parameter, version));
      const sorted = sortedByKey(found.map((one) => [one.parameter.name, one] as const));
      const scope = ['DescribeParameters', call.region, JSON.stringify(filters)];
      const page = tokenPage(sorted, scope, input.MaxResults ?? 50, input.NextToken);
      return {
        Parameters: page.items.map(({ parameter, version }) => ({
          Name: parameter.name,
          ARN: parameterArn(call.region, call.account, parameter.name),
          Type: parameter.type,
          KeyId: version.keyId,
          LastModifiedDate: seconds(version.modifiedAt),
          LastModifiedUser: version.user,
          Description: version.description,
          AllowedPattern: version.allowedPattern,
          Version: version.version,
          Tier: parameter.tier,
          Policies: [],
          DataType: version.dataType,
        })),
        NextToken: page.next,
      };
    },
  ),
};
