import { parameterArn } from '../arn.ts';
import type { Call } from '../operation.ts';
import { readReference } from '../ssm/names.ts';
import {
  type Members,
  type Need,
  type Needs,
  type NeedsTable,
  requestTags,
  textOf,
  textsOf,
} from './needs.ts';
import type { ContextEntry } from './patterns.ts';

function parameterNeed(call: Call, action: string, name: string, more: readonly ContextEntry[] = []): Need {
  const tags = call.tx.get('parameter', call.region, name)?.tags ?? [];
  const context = tags.flatMap(({ key, value }): ContextEntry[] => [
    [`aws:ResourceTag/${key}`, value],
    [`ssm:resourceTag/${key}`, value],
  ]);
  return { action, resource: parameterArn(call.region, call.account, name), context: [...context, ...more] };
}

/** What is read may carry a version or a label, which the ARN does not. */
const reads =
  (operation: string): Needs =>
  (call, input) =>
    (Array.isArray(input.Names) ? textsOf(input.Names) : [textOf(input.Name)]).map((name) =>
      parameterNeed(call, `ssm:${operation}`, readReference(call, name).name),
    );

const writes =
  (operation: string): Needs =>
  (call, input) =>
    (Array.isArray(input.Names) ? textsOf(input.Names) : [textOf(input.Name)]).map((name) =>
      parameterNeed(call, `ssm:${operation}`, name),
    );

function tagPairs(input: Members): (readonly [string, string])[] {
  const tags: readonly Members[] = Array.isArray(input.Tags) ? input.Tags : [];
  return tags.map((tag) => [textOf(tag.Key), textOf(tag.Value)] as const);
}

const tags =
  (operation: string): Needs =>
  (call, input) => {
    const context = requestTags(tagPairs(input), textsOf(input.TagKeys));
    return [parameterNeed(call, `ssm:${operation}`, textOf(input.ResourceId), context)];
  };

function puts(call: Call, input: Members): readonly Need[] {
  const name = textOf(input.Name);
  const pairs = tagPairs(input);
  const context: ContextEntry[] = [
    ['ssm:Overwrite', String(input.Overwrite ?? false)],
    ...requestTags(pairs),
  ];
  const put = parameterNeed(call, 'ssm:PutParameter', name, context);
  if (pairs.length === 0) return [put];
  return [put, parameterNeed(call, 'ssm:AddTagsToResource', name, requestTags(pairs))];
}

/**
 * "If a user has access to a path, then the user can access all levels of that path … even if a user has explicitly
 * been denied access in IAM for parameter /a/b": the path is all that is asked about.
 */
function walks(call: Call, input: Members): readonly Need[] {
  const context: ContextEntry[] = [['ssm:Recursive', String(input.Recursive ?? false)]];
  const resource = parameterArn(call.region, call.account, textOf(input.Path));
  return [{ action: 'ssm:GetParametersByPath', resource, context }];
}

/** The rights behind each operation (service authorization reference, "AWS Systems Manager"). */
export const ssmNeeds: NeedsTable = {
  PutParameter: puts,
  GetParameter: reads('GetParameter'),
  GetParameters: reads('GetParameters'),
  GetParameterHistory: reads('GetParameterHistory'),
  GetParametersByPath: walks,
  DescribeParameters: () => [{ action: 'ssm:DescribeParameters', resource: '*' }],
  LabelParameterVersion: writes('LabelParameterVersion'),
  UnlabelParameterVersion: writes('UnlabelParameterVersion'),
  DeleteParameter: writes('DeleteParameter'),
  DeleteParameters: writes('DeleteParameters'),
  AddTagsToResource: tags('AddTagsToResource'),
  RemoveTagsFromResource: tags('RemoveTagsFromResource'),
  ListTagsForResource: tags('ListTagsForResource'),
};
