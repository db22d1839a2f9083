import { AwsError } from '../errors.ts';
import type { ParameterType } from '../records.ts';

const invalid = (message: string): AwsError => new AwsError('ValidationException', message);

/** "You can't nest parameters": a reference in double braces is refused whatever it names. */
export function requireFlatValue(value: string): void {
  if (value.includes('{{'))
    throw invalid('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.');
}

/** @throws AwsError InvalidAllowedPatternException, ParameterPatternMismatchException */
export function requireMatch(pattern: string, value: string): void {
  let regex: RegExp;
  try {
    regex = new RegExp(pattern);
  } catch {
    throw new AwsError('InvalidAllowedPatternException', 'The allowed pattern is not a regular expression.');
  }
  if (!regex.test(value))
    throw new AwsError(
      'ParameterPatternMismatchException',
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    );
}

/** Text is free; an image id has a format (AWS also looks the image up, later). */
export function requireDataType(dataType: string, type: ParameterType, value: string): void {
  if (dataType === 'text') return;
  if (dataType !== 'aws:ec2:image')
    throw invalid('The following data type is not supported here: only text and aws:ec2:image are.');
  if (type !== 'String') throw invalid('The data type aws:ec2:image is for parameters of type String only.');
  if (!/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/.test(value))
    throw invalid('The parameter value is not an image id, such as ami-0123456789abcdef0.');
}
