/** Credentials of a role that a cluster or a pipeline vouches for (EKS service accounts, OIDC), by STS. */
import { fromTokenFile } from '@aws-sdk/credential-provider-web-identity';
import type { Environment } from '../environment.ts';
import type { Credentials } from '../identity.ts';

/** Asks STS in `region`. @throws what STS or the network says */
export function fromWebIdentity(env: Environment, region: string): Promise<Credentials> {
  const { AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME } = env;
  return fromTokenFile({
    clientConfig: { region },
    ...(AWS_WEB_IDENTITY_TOKEN_FILE && { webIdentityTokenFile: AWS_WEB_IDENTITY_TOKEN_FILE }),
    ...(AWS_ROLE_ARN && { roleArn: AWS_ROLE_ARN }),
    ...(AWS_ROLE_SESSION_NAME && { roleSessionName: AWS_ROLE_SESSION_NAME }),
  })();
}
