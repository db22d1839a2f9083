import { AwsError } from '../errors.ts';
import { type Operations, operation } from '../operation.ts';
import type { Step } from '../paging.ts';
import type { ParameterRecord } from '../records.ts';
import { boolean, integer, list, optional, string } from '../validate.ts';
import { filterField, pathMatcher } from './filters.ts';
import { parameterName } from './names.ts';
import { parameterPage } from './pages.ts';
import { latestVersion, parameterAnswer, type Selected, seen, versionsOf } from './versions.ts';
import { walkUnder } from './walk.ts';

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
      const matches = pathMatcher(filters);
      const shown = (parameter: ParameterRecord): Step<Selected>[] => {
        const { name } = parameter;
        if (labels === undefined) {
          const record = latestVersion(call, parameter);
          return [[name, matches(record) ? { name, record } : undefined]];
        }
        // With a label filter the labelled version is given, not the latest. A space is below all that names hold.
        return versionsOf(call, parameter)
          .filter((one) => matches(one) && one.labels.some((label) => labels.includes(label)))
          .map((record) => [`${name} ${String(record.version).padStart(12, '0')}`, { name, record }]);
      };
      const walk = function* (from: string): Generator<Step<Selected>> {
        const start = from.split(' ')[0] ?? '';
        for (const [name, parameter] of walkUnder(call, input.Path, recursive, start)) {
          const there = parameter && seen(call, parameter);
          if (there === undefined) yield [name, undefined];
          else yield* shown(there);
        }
      };
      const scope = [
        'GetParametersByPath',
        call.region,
        input.Path,
        String(recursive),
        JSON.stringify(filters),
      ];
      const page = parameterPage(walk, scope, input.MaxResults ?? 10, input.NextToken, call.blank);
      const decrypted = input.WithDecryption ?? false;
      return {
        Parameters: page.items.map((one) => parameterAnswer(call, one, decrypted)),
        NextToken: page.next,
      };
    },
  ),
};
