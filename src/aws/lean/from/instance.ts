/** Credentials of the role of an EC2 instance, from its metadata. */
import { fromInstanceMetadata } from '@smithy/credential-provider-imds';
import type { Credentials } from '../identity.ts';

/** Asks the instance's metadata service. @throws Error `CredentialsProviderError` */
export function fromInstance(): Promise<Credentials> {
  return fromInstanceMetadata()();
}
