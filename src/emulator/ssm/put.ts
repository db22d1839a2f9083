import { AwsError } from '../errors.ts';
import { type Call, type Operations, operation } from '../operation.ts';
import type { ParameterRecord, ParameterTier, ParameterType } from '../records.ts';
import { boolean, oneOf, optional, required, string } from '../validate.ts';
import { parameterName, requireWritableName } from './names.ts';
import { defaultKey, encryptValue } from './secure.ts';
import { mergeTags, tagList } from './tags.ts';
import { chooseTier, requireRoom } from './tiers.ts';
import { requireDataType, requireFlatValue, requireMatch } from './values.ts';
import { deleteVersion, latestVersion, putVersion, readVersion, versionLimit } from './versions.ts';

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);

function requireType(asked: ParameterType | undefined, old: ParameterRecord | undefined): ParameterType {
  if (old === undefined) {
    if (asked !== undefined) return asked;
    throw invalid('A parameter type is required when you create a parameter.');
  }
  if (asked === undefined || asked === old.type) return old.type;
  throw new AwsError(
    'HierarchyTypeMismatchException',
    `The parameter type can't be changed from ${old.type} to ${asked}. Create a new, unique parameter.`,
  );
}

/** Makes room for version 101 by dropping the oldest, unless a label holds it. */
function dropOldest(call: Call, old: ParameterRecord): number {
  if (old.latest - old.oldest + 1 < versionLimit) return old.oldest;
  const labels = readVersion(call, old.name, old.oldest)?.labels ?? [];
  if (labels.length > 0)
    throw new AwsError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${old.name} by calling the PutParameter API with the overwrite flag. Version ${old.oldest}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    );
  deleteVersion(call, old.name, old.oldest);
  return old.oldest + 1;
}

export const putOperations: Operations = {
  PutParameter: operation(
    {
      Name: parameterName,
      Description: optional(string({ max: 1024 })),
      // The model's own bound is 32,768; what the tiers hold is told apart below.
      Value: required(string({ min: 1, max: 32_768 })),
      Type: optional(oneOf('String', 'StringList', 'SecureString')),
      KeyId: optional(string({ max: 256 })),
      Overwrite: optional(boolean()),
      AllowedPattern: optional(string({ max: 1024 })),
      Tags: optional(tagList),
      Tier: optional(oneOf('Standard', 'Advanced', 'Intelligent-Tiering')),
      Policies: optional(string({ max: 4096 })),
      DataType: optional(string({ max: 128 })),
    },
    (call, input) => {
      const { Name: name, Value: value, Overwrite: overwrite = false } = input;
      requireWritableName(call, name);
      if (overwrite && (input.Tags?.length ?? 0) > 0)
        throw invalid(
          "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
        );
      if (!['', '[]', '{}'].includes((input.Policies ?? '').trim()))
        throw invalid('this emulator keeps no parameter policies');
      const old = call.tx.get('parameter', call.region, name);
      if (old !== undefined && !overwrite)
        throw new AwsError(
          'ParameterAlreadyExists',
          'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
        );
      const before = old === undefined ? undefined : latestVersion(call, old);
      const type = requireType(input.Type, old);
      requireFlatValue(value);
      const tier: ParameterTier = chooseTier(input.Tier, old?.tier, value);
      const dataType = input.DataType || (before?.dataType ?? 'text');
      requireDataType(dataType, type, value);
      const allowedPattern = input.AllowedPattern ?? before?.allowedPattern;
      if (allowedPattern) requireMatch(allowedPattern, value);
      if (input.KeyId && type !== 'SecureString')
        throw invalid('KeyId is valid for parameters of type SecureString only.');
      requireRoom(call, tier, old);

      const oldest = old === undefined ? 1 : dropOldest(call, old);
      const version = (old?.latest ?? 0) + 1;
      const description = input.Description ?? before?.description;
      // Without a key id a SecureString goes to the default key, also when an earlier version had another.
      const keyId = type === 'SecureString' ? input.KeyId || defaultKey : undefined;
      putVersion(call, name, {
        version,
        value: keyId === undefined ? value : encryptValue(call, name, value, keyId, tier),
        type,
        tier,
        dataType,
        modifiedAt: call.now,
        user: call.caller,
        labels: [],
        ...(description ? { description } : {}),
        ...(allowedPattern ? { allowedPattern } : {}),
        ...(keyId === undefined ? {} : { keyId }),
      });
      const tags = old?.tags ?? mergeTags([], input.Tags ?? []);
      call.tx.put('parameter', call.region, name, { name, type, tier, oldest, latest: version, tags });
      return { Version: version, Tier: tier };
    },
  ),
};
