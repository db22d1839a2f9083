import { AwsError } from '../errors.ts';
import { type Operations, operation } from '../operation.ts';
import { sortedByKey } from '../paging.ts';
import type { ParameterRecord } from '../records.ts';
import { boolean, integer, list, optional, string } from '../validate.ts';
import { filterField, matchesPathFilters } from './filters.ts';
import { parameterName } from './names.ts';
import { tokenPage } from './pages.ts';
import { latestVersion, parameterAnswer, type Selected, versionsOf } from './versions.ts';

/** Whether a name lies under a path: directly, or with `recursive` anywhere below it. */
export function isUnder(name: string, path: string, recursive: boolean): boolean {
  const base = path.endsWith('/') ? path : `${path}/`;
  // A name without a slash lies at the root.
  const full = name.startsWith('/') ? name : `/${name}`;
  if (!full.startsWith(base)) return false;
  return recursive || !full.slice(base.length).includes('/');
}

/** @throws AwsError ValidationException */
export function requirePath(path: string): void {
  if (path !== '/' && !/^(\/[a-zA-Z0-9_.-]+)+\/?$/.test(path))
    throw new AwsError(
      'ValidationException',
      'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with \\"aws\\" or \\"ssm\\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
    );
}

export const pathOperations: Operations = {
  GetParametersByPath: operation(
    {
      Path: parameterName,
      Recursive: optional(boolean()),
      ParameterFilters: optional(list(filterField)),
      WithDecryption: optional(boolean()),
      MaxResults: optional(integer({ min: 1, max: 10 })),
      NextToken: optional(string()),
    },
    (call, input) => {
      requirePath(input.Path);
      const recursive = input.Recursive ?? false;
      const filters = input.ParameterFilters ?? [];
      const labels = filters.find(({ Key }) => Key === 'Label')?.Values;
      const select = (parameter: ParameterRecord): Selected[] => {
        const { name } = parameter;
        if (labels === undefined) return [{ name, record: latestVersion(call, parameter) }];
        // With a label filter the labelled version is given, not the latest.
        const wanted = versionsOf(call, parameter).filter((one) =>
          one.labels.some((l) => labels.includes(l)),
        );
        return wanted.map((record) => ({ name, record }));
      };
      const found = [...call.tx.list('parameter', call.region)]
        .filter(({ name }) => isUnder(name, input.Path, recursive))
        .flatMap(select)
        .filter(({ record }) => matchesPathFilters(record, filters));
      const sorted = sortedByKey(
        found.map((one) => [`${one.name}:${String(one.record.version).padStart(12, '0')}`, one] as const),
      );
      const scope = [
        'GetParametersByPath',
        call.region,
        input.Path,
        String(recursive),
        JSON.stringify(filters),
      ];
      const page = tokenPage(sorted, scope, input.MaxResults ?? 10, input.NextToken);
      const decrypted = input.WithDecryption ?? false;
      return {
        Parameters: page.items.map((one) => parameterAnswer(call, one, decrypted)),
        NextToken: page.next,
      };
    },
  ),
};
