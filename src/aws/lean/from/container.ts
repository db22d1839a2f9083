/** Credentials that a container is given over HTTP (ECS tasks, EKS pod identity). */
import { fromHttp } from '@aws-sdk/credential-provider-http';
import type { Environment } from '../environment.ts';
import type { Credentials } from '../identity.ts';

/** Asks the container's endpoint. @throws Error `CredentialsProviderError` */
export function fromContainer(env: Environment): Promise<Credentials> {
  const {
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: full,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
  } = env;
  return fromHttp({
    ...(relative && { awsContainerCredentialsRelativeUri: relative }),
    ...(full && { awsContainerCredentialsFullUri: full }),
    ...(token && { awsContainerAuthorizationToken: token }),
    ...(tokenFile && { awsContainerAuthorizationTokenFile: tokenFile }),
  })();
}
