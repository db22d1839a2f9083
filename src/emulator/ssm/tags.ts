import { AwsError } from '../errors.ts';
import { type Call, type Operations, operation } from '../operation.ts';
import type { ParameterRecord, Tag } from '../records.ts';
import { type Field, list, required, string, structure } from '../validate.ts';

export interface SsmTag {
  readonly Key: string;
  readonly Value: string;
}

export const tagList: Field<readonly SsmTag[]> = list(
  structure({ Key: required(string({ min: 1, max: 128 })), Value: required(string({ max: 256 })) }),
  { max: 1000 },
);

/** Tags after some were set. @throws AwsError ValidationException, TooManyTagsError */
export function mergeTags(old: readonly Tag[], added: readonly SsmTag[]): readonly Tag[] {
  const tags = new Map(old.map((tag) => [tag.key, tag.value]));
  if (new Set(added.map((tag) => tag.Key)).size < added.length)
    throw new AwsError('ValidationException', 'Duplicate tag keys are not allowed.');
  for (const { Key, Value } of added) {
    if (/^aws:/i.test(Key))
      throw new AwsError('ValidationException', 'Tag keys that begin with aws: are reserved.');
    tags.set(Key, Value);
  }
  if (tags.size > 50) throw new AwsError('TooManyTagsError', 'A parameter holds 50 tags at most.');
  return [...tags].map(([key, value]) => ({ key, value }));
}

const resource = { ResourceType: required(string()), ResourceId: required(string({ min: 1 })) };

function taggable(call: Call, type: string, id: string): ParameterRecord {
  if (type !== 'Parameter')
    throw new AwsError(
      'InvalidResourceType',
      'The resource type is not valid: this emulator keeps Parameter.',
    );
  const found = call.tx.get('parameter', call.region, id);
  if (found === undefined) throw new AwsError('InvalidResourceId', 'The resource ID is not valid.');
  return found;
}

function putTags(call: Call, parameter: ParameterRecord, tags: readonly Tag[]): void {
  call.tx.put('parameter', call.region, parameter.name, { ...parameter, tags });
}

export const tagOperations: Operations = {
  AddTagsToResource: operation({ ...resource, Tags: required(tagList) }, (call, input) => {
    const parameter = taggable(call, input.ResourceType, input.ResourceId);
    putTags(call, parameter, mergeTags(parameter.tags, input.Tags));
    return {};
  }),
  RemoveTagsFromResource: operation(
    { ...resource, TagKeys: required(list(string({ min: 1, max: 128 }))) },
    (call, input) => {
      const parameter = taggable(call, input.ResourceType, input.ResourceId);
      putTags(
        call,
        parameter,
        parameter.tags.filter(({ key }) => !input.TagKeys.includes(key)),
      );
      return {};
    },
  ),
  ListTagsForResource: operation(resource, (call, input) => {
    const { tags } = taggable(call, input.ResourceType, input.ResourceId);
    return { TagList: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
  }),
};
