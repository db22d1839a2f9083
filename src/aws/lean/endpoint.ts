/** Where KMS and Parameter Store answer. Source: the SDK's endpoint rules and partitions.json. */
import { partitionOf } from '../../config/regions.ts';
import { type Environment, variable } from './environment.ts';

/** The services that the lean client speaks to. */
export type Service = 'kms' | 'ssm';

const SUFFIXES: Readonly<Record<string, string>> = {
  'aws-cn': 'amazonaws.com.cn',
  'aws-eusc': 'amazonaws.eu',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
  'aws-iso-e': 'cloud.adc-e.uk',
  'aws-iso-f': 'csp.hci.ic.gov',
};

/** The endpoint that a variable names in AWS's place, for this service or for all. */
export function endpointVariable(env: Environment, service: Service): string | undefined {
  return variable(env, `AWS_ENDPOINT_URL_${service.toUpperCase()}`) ?? variable(env, 'AWS_ENDPOINT_URL');
}

/** The endpoint of a service in a region. */
export function endpointOf(env: Environment, service: Service, region: string): URL {
  const named = endpointVariable(env, service);
  return new URL(named ?? `https://${service}.${region}.${SUFFIXES[partitionOf(region)] ?? 'amazonaws.com'}`);
}
