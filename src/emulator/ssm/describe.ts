import { parameterArn } from '../arn.ts';
import { AwsError } from '../errors.ts';
import { type Call, type Operations, operation, seconds } from '../operation.ts';
import type { Step } from '../paging.ts';
import type { ParameterRecord, VersionRecord } from '../records.ts';
import { boolean, integer, list, oneOf, optional, required, string, structure } from '../validate.ts';
import { describeMatcher, type Filter, filterField } from './filters.ts';
import { parameterPage } from './pages.ts';
import { isUnder, requirePath } from './path.ts';
import { latestVersion } from './versions.ts';
import { type Place, walkAll, walkPrefix, walkUnder } from './walk.ts';

const oldFilter = structure({
  Key: required(oneOf('Name', 'Type', 'KeyId')),
  Values: required(list(string({ min: 1, max: 1024 }), { min: 1, max: 50 })),
});

interface Found {
  readonly parameter: ParameterRecord;
  readonly version: VersionRecord;
}

/** What can match at all, by the one filter that narrows it down most; every filter is tested all the same. */
function candidates(call: Call, filters: readonly Filter[], from: string): Iterable<Place> {
  for (const { Key, Option = Key === 'Name' ? 'Equals' : 'OneLevel', Values = [] } of filters) {
    if (Key === 'Name' && Option === 'Equals')
      return [...new Set(Values)]
        .sort()
        .filter((name) => name >= from)
        .map((name) => [name, call.tx.get('parameter', call.region, name)]);
    const [only] = Values;
    if (Values.length !== 1 || only === undefined) continue;
    if (Key === 'Name' && Option === 'BeginsWith') return walkPrefix(call, only, from);
    if (Key === 'Path') return walkUnder(call, only, Option === 'Recursive', from);
  }
  return walkAll(call, from);
}

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
      const walk = function* (from: string): Generator<Step<Found>> {
        // Nothing is shared between accounts here.
        if (input.Shared) return;
        for (const [name, parameter] of candidates(call, filters, from)) {
          const version = parameter && latestVersion(call, parameter);
          const found = parameter && version && matches(parameter, version);
          yield [name, found ? { parameter, version } : undefined];
        }
      };
      const scope = ['DescribeParameters', call.region, JSON.stringify(filters)];
      const page = parameterPage(walk, scope, input.MaxResults ?? 50, input.NextToken, call.blank);
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
