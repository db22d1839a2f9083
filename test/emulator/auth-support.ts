import { KMS } from '@aws-sdk/client-kms';
import { SSM } from '@aws-sdk/client-ssm';
import { onTestFinished } from 'vitest';
import type { Identity } from '../../src/emulator/index.ts';
import type { Clients } from './support.ts';

export const account = '000000000000';
export const rootArn: string = `arn:aws:iam::${account}:root`;

export type Statement = Readonly<Record<string, unknown>>;

export function allow(Action: unknown, Resource: unknown = '*', Condition?: unknown): Statement {
  return { Effect: 'Allow', Action, Resource, ...(Condition === undefined ? {} : { Condition }) };
}

export function deny(Action: unknown, Resource: unknown = '*', Condition?: unknown): Statement {
  return { ...allow(Action, Resource, Condition), Effect: 'Deny' };
}

/** A user whose name is its access key. */
export function user(accessKeyId: string, ...statements: readonly Statement[]): Identity {
  const policies = [{ Version: '2012-10-17', Statement: statements }];
  return { accessKeyId, arn: userArn(accessKeyId), policies };
}

export function userArn(name: string): string {
  return `arn:aws:iam::${account}:user/${name}`;
}

/** Clients that sign with an access key; gone with the test. */
export function as(endpoint: string, accessKeyId: string, region = 'us-east-1'): Clients {
  const credentials = { accessKeyId, secretAccessKey: 'local' };
  const config = { endpoint, region, credentials, maxAttempts: 1 };
  const made = { kms: new KMS(config), ssm: new SSM(config) };
  onTestFinished(() => {
    made.kms.destroy();
    made.ssm.destroy();
  });
  return made;
}

/** The text of a key policy. */
export function keyPolicyOf(...statements: readonly Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

export function forAll(statement: Statement, AWS: unknown = rootArn): Statement {
  return { ...statement, Principal: { AWS } };
}
