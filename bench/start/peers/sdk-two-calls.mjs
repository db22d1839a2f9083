/** What one would write by hand: one GetParameters, one Decrypt, one after the other, by the SDK. */
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';

void (async () => {
  const { KEY, WRAPPED } = process.env;
  const { Parameters = [] } = await new SSMClient({}).send(new GetParametersCommand({ Names: ['/script'] }));
  const CiphertextBlob = Buffer.from(WRAPPED ?? '', 'base64');
  const { Plaintext } = await new KMSClient({}).send(new DecryptCommand({ KeyId: KEY, CiphertextBlob }));
  if (Parameters.length !== 1 || Plaintext?.length !== 32) throw new Error('the answers are wrong');
})();
