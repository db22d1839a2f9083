import { AwsError } from '../errors.ts';
import type { ParameterRecord, VersionRecord } from '../records.ts';
import { type Field, list, optional, required, string, structure } from '../validate.ts';

export interface Filter {
  readonly Key: string;
  readonly Option: string | undefined;
  readonly Values: readonly string[] | undefined;
}

export const filterField: Field<Filter> = structure({
  Key: required(string({ min: 1, max: 132 })),
  Option: optional(string({ min: 1, max: 10 })),
  Values: optional(list(string({ min: 1, max: 1024 }), { min: 1, max: 50 })),
});

type Option = 'Equals' | 'BeginsWith' | 'Contains' | 'Recursive' | 'OneLevel';
const options: Readonly<Record<string, readonly Option[]>> = {
  Name: ['Equals', 'BeginsWith', 'Contains'],
  Path: ['OneLevel', 'Recursive'],
  Type: ['Equals', 'BeginsWith'],
  KeyId: ['Equals', 'BeginsWith'],
  Tier: ['Equals', 'BeginsWith'],
  DataType: ['Equals', 'BeginsWith'],
  tag: ['Equals', 'BeginsWith'],
  Label: ['Equals'],
};

interface ReadFilter {
  readonly key: string;
  readonly option: Option;
  readonly values: readonly string[];
}

/** @throws AwsError InvalidFilterKey, InvalidFilterOption, InvalidFilterValue */
function readFilter({ Key, Option, Values }: Filter, keys: readonly string[]): ReadFilter {
  const kind = Key.startsWith('tag:') && Key.length > 'tag:'.length ? 'tag' : Key;
  const allowed = keys.includes(kind) ? options[kind] : undefined;
  if (allowed === undefined || Key === 'tag')
    throw new AwsError('InvalidFilterKey', 'The specified key is not valid.');
  const option = Option === undefined ? allowed[0] : allowed.find((one) => one === Option);
  if (option === undefined)
    throw new AwsError(
      'InvalidFilterOption',
      `The specified filter option is not valid. Valid options: ${allowed.join(', ')}`,
    );
  if (Values === undefined && kind !== 'tag')
    throw new AwsError('InvalidFilterValue', 'The filter value is not valid: it is missing.');
  return { key: Key, option, values: Values ?? [] };
}

function matchesText(text: string | undefined, { option, values }: ReadFilter): boolean {
  if (text === undefined) return false;
  return values.some((value) => {
    if (option === 'BeginsWith') return text.startsWith(value);
    return option === 'Contains' ? text.includes(value) : text === value;
  });
}

/** Type and KeyId filters of GetParametersByPath; Label picks versions and is done before. */
export function pathMatcher(filters: readonly Filter[]): (version: VersionRecord) => boolean {
  const read = filters.map((given) => readFilter(given, ['Type', 'KeyId', 'Label']));
  return (version) =>
    read.every((filter) => {
      if (filter.key === 'Label') return true;
      return matchesText(filter.key === 'Type' ? version.type : version.keyId, filter);
    });
}

const described = ['Name', 'Path', 'Type', 'KeyId', 'Tier', 'DataType', 'tag'];

/** Reads the filters of DescribeParameters into one test; all of them have to match. */
export function describeMatcher(
  filters: readonly Filter[],
  isUnder: (name: string, path: string, recursive: boolean) => boolean,
): (parameter: ParameterRecord, version: VersionRecord) => boolean {
  const read = filters.map((filter) => readFilter(filter, described));
  const matches = (filter: ReadFilter, parameter: ParameterRecord, version: VersionRecord): boolean => {
    switch (filter.key) {
      case 'Name':
        return matchesText(parameter.name, filter);
      case 'Path':
        return filter.values.some((path) => isUnder(parameter.name, path, filter.option === 'Recursive'));
      case 'Type':
        return matchesText(parameter.type, filter);
      case 'KeyId':
        return matchesText(version.keyId, filter);
      case 'Tier':
        return matchesText(parameter.tier, filter);
      case 'DataType':
        return matchesText(version.dataType, filter);
      default: {
        const tag = parameter.tags.find(({ key }) => `tag:${key}` === filter.key);
        // Without values the tag only has to be there.
        return tag !== undefined && (filter.values.length === 0 || matchesText(tag.value, filter));
      }
    }
  };
  return (parameter, version) => read.every((filter) => matches(filter, parameter, version));
}
