import { AwsError } from '../errors.ts';
import { type Call, type Operations, operation } from '../operation.ts';
import type { ParameterRecord, VersionRecord } from '../records.ts';
import { type Field, integer, list, optional, required, string } from '../validate.ts';
import { parameterName, requireWritableName } from './names.ts';
import { putVersion, readVersion, requireParameter, versionsOf } from './versions.ts';

const labelLimit = 10;
const labelList: Field<readonly string[]> = required(
  list(string({ min: 1, max: 100 }), { min: 1, max: labelLimit }),
);

// "Labels can contain letters, numbers, periods, hyphens or underscores. Labels can't begin with a number,
// "aws" or "ssm" (not case sensitive). If a label fails, it is not attached and listed as InvalidLabels."
function isLabel(text: string): boolean {
  return /^[a-zA-Z_.-][a-zA-Z0-9_.-]*$/.test(text) && !/^(aws|ssm)/i.test(text);
}

function requireVersion(call: Call, { name }: ParameterRecord, version: number): VersionRecord {
  const found = readVersion(call, name, version);
  if (found !== undefined) return found;
  throw new AwsError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );
}

export const labelOperations: Operations = {
  LabelParameterVersion: operation(
    { Name: parameterName, ParameterVersion: optional(integer()), Labels: labelList },
    (call, input) => {
      requireWritableName(call, input.Name);
      const parameter = requireParameter(call, input.Name);
      const version = input.ParameterVersion ?? parameter.latest;
      const target = requireVersion(call, parameter, version);
      const valid = [...new Set(input.Labels.filter(isLabel))];
      const labels = [...new Set([...target.labels, ...valid])];
      if (labels.length > labelLimit)
        throw new AwsError(
          'ParameterVersionLabelLimitExceeded',
          `A parameter version can have a maximum of ten labels. Version ${version} of ${input.Name} would have more.`,
        );
      // A label is on one version at a time: attaching it elsewhere moves it.
      for (const other of versionsOf(call, parameter)) {
        if (other.version === version || !other.labels.some((label) => valid.includes(label))) continue;
        const rest = other.labels.filter((label) => !valid.includes(label));
        putVersion(call, input.Name, { ...other, labels: rest });
      }
      if (valid.length > 0) putVersion(call, input.Name, { ...target, labels });
      return { InvalidLabels: input.Labels.filter((label) => !isLabel(label)), ParameterVersion: version };
    },
  ),
  UnlabelParameterVersion: operation(
    { Name: parameterName, ParameterVersion: required(integer()), Labels: labelList },
    (call, input) => {
      requireWritableName(call, input.Name);
      const parameter = requireParameter(call, input.Name);
      const target = requireVersion(call, parameter, input.ParameterVersion);
      const asked = [...new Set(input.Labels)];
      const removed = asked.filter((label) => target.labels.includes(label));
      const labels = target.labels.filter((label) => !removed.includes(label));
      if (removed.length > 0) putVersion(call, input.Name, { ...target, labels });
      return { RemovedLabels: removed, InvalidLabels: asked.filter((label) => !removed.includes(label)) };
    },
  ),
};
