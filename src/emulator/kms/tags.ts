import { AwsError } from '../errors.ts';
import { type Answer, type Call, type Operations, operation } from '../operation.ts';
import { paginate, sortedByKey } from '../paging.ts';
import type { Tag } from '../records.ts';
import { type Field, integer, list, optional, required, string, structure } from '../validate.ts';
import { type Key, keyById, putKey, requireCustomerManaged, requireState } from './resolve.ts';

export interface KmsTag {
  readonly TagKey: string;
  readonly TagValue: string;
}

export const tagList: Field<readonly KmsTag[]> = list(
  structure({ TagKey: required(string({ min: 1, max: 128 })), TagValue: required(string({ max: 256 })) }),
);

const keyId = required(string({ min: 1, max: 2048 }));

/** Tags after some were set. @throws AwsError TagException, LimitExceededException */
export function mergeTags(old: readonly Tag[], added: readonly KmsTag[]): readonly Tag[] {
  const tags = new Map(old.map((tag) => [tag.key, tag.value]));
  if (new Set(added.map((tag) => tag.TagKey)).size < added.length)
    throw new AwsError('TagException', 'Duplicate tag keys');
  for (const { TagKey, TagValue } of added) {
    if (/^aws:/i.test(TagKey)) throw new AwsError('TagException', 'Tag keys must not begin with aws:');
    tags.set(TagKey, TagValue);
  }
  if (tags.size > 50) throw new AwsError('LimitExceededException', 'A key holds 50 tags at most.');
  return [...tags].map(([key, value]) => ({ key, value }));
}

export function kmsTags(tags: readonly Tag[]): readonly KmsTag[] {
  return tags.map((tag) => ({ TagKey: tag.key, TagValue: tag.value }));
}

/** A page of a KMS listing, under the name that its items have there. */
export function markerPage<T>(
  name: string,
  items: readonly (readonly [string, T])[],
  scope: readonly string[],
  size: number,
  marker: string | undefined,
): Answer {
  const bad = (): AwsError => new AwsError('InvalidMarkerException', 'The marker is not valid.');
  const page = paginate(items, scope, size, marker, bad);
  return { [name]: page.items, Truncated: page.next !== undefined, NextMarker: page.next };
}

function taggable(call: Call, id: string): Key {
  const key = keyById(call, id);
  requireCustomerManaged(call, key);
  requireState(call, key, 'Enabled', 'Disabled');
  return key;
}

export const tagOperations: Operations = {
  TagResource: operation({ KeyId: keyId, Tags: required(tagList) }, (call, input) => {
    const { record } = taggable(call, input.KeyId);
    putKey(call, { ...record, tags: mergeTags(record.tags, input.Tags) });
    return {};
  }),
  UntagResource: operation(
    { KeyId: keyId, TagKeys: required(list(string({ min: 1, max: 128 }))) },
    (call, input) => {
      const { record } = taggable(call, input.KeyId);
      putKey(call, { ...record, tags: record.tags.filter((tag) => !input.TagKeys.includes(tag.key)) });
      return {};
    },
  ),
  ListResourceTags: operation(
    {
      KeyId: keyId,
      Limit: optional(integer({ min: 1, max: 50 })),
      Marker: optional(string({ min: 1 })),
    },
    (call, input) => {
      const { record, arn } = keyById(call, input.KeyId);
      const tags = kmsTags(record.tags).map((tag) => [tag.TagKey, tag] as const);
      const scope = ['ListResourceTags', arn];
      return markerPage('Tags', sortedByKey(tags), scope, input.Limit ?? 50, input.Marker);
    },
  ),
};
