/** What init suggests. */
import { basename } from 'node:path';
import { partitionOf, REGION_NAME } from '../../src/config/index.ts';

/** Leaves room for the rest of a path in every name that is made of it. */
const MAX_PROJECT = 64;

/** Vault paths after the folder's name, the likeliest first; none where nothing of the name is left. */
export function suggestVaults(folder: string): readonly string[] {
  const project = basename(folder)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .slice(0, MAX_PROJECT)
    .replace(/^[-_]+|[-_]+$/g, '');
  if (project === '') return [];
  // Parameter Store keeps these two beginnings for itself.
  const allowed = /^(aws|ssm)/.test(project) ? `my-${project}` : project;
  return ['dev', 'staging', 'prod'].map((stage) => `/${allowed}/${stage}`);
}

/** The region that the AWS variables name, else the first of all. */
export function suggestHome(env: Readonly<Record<string, string | undefined>>): string {
  const named = [env.AWS_REGION, env.AWS_DEFAULT_REGION].find(
    (region) => region !== undefined && REGION_NAME.test(region),
  );
  return named ?? 'us-east-1';
}

const FAR_APART: Readonly<Record<string, readonly [string, string]>> = {
  aws: ['eu-west-1', 'us-east-1'],
  'aws-cn': ['cn-northwest-1', 'cn-north-1'],
  'aws-us-gov': ['us-gov-west-1', 'us-gov-east-1'],
};

/** A replica region far from home, in the same partition; undefined where none is known. */
export function suggestReplica(home: string): string | undefined {
  return FAR_APART[partitionOf(home)]?.find((region) => region !== home);
}
