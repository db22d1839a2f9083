const regionPattern = /^[a-z]{2}(-[a-z]+)+-\d{1,2}$/;

/** Whether this is spelled like the name of an AWS region. */
export function isRegionName(name: string): boolean {
  return regionPattern.test(name);
}

/** The ARN partition that a region belongs to. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return 'aws';
}

export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

/** Splits an ARN; undefined where it is none. The resource may itself hold colons. */
export function parseArn(text: string): Arn | undefined {
  const [arn, partition, service, region, account, ...rest] = text.split(':');
  if (arn !== 'arn' || !partition || !service || region === undefined || account === undefined)
    return undefined;
  if (rest.length === 0) return undefined;
  return { partition, service, region, account, resource: rest.join(':') };
}

export function kmsArn(region: string, account: string, resource: string): string {
  return `arn:${partitionOf(region)}:kms:${region}:${account}:${resource}`;
}

/** A parameter's ARN: the name's leading slash doubles as the separator. */
export function parameterArn(region: string, account: string, name: string): string {
  return `arn:${partitionOf(region)}:ssm:${region}:${account}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
}

/** The caller that every request is taken for while no identities are set: signatures are not verified. */
export function callerArn(account: string): string {
  return `arn:aws:iam::${account}:root`;
}
