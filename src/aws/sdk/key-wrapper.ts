/** A vault's KMS key by AWS's own SDK. */
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { KeyWrapper } from '../../vault/index.ts';
import { keyIdInRegion } from '../arn.ts';
import { fromAws } from '../errors.ts';
import { openedKey } from '../opened-key.ts';

/**
 * The KMS key `keyId` in `region`.
 * @param keyId - alias, id or ARN from configuration; never something that was read from Parameter Store
 */
export function sdkKeyWrapper(region: string, keyId: string, client: KMSClient): KeyWrapper {
  const KeyId = keyIdInRegion(keyId, region);
  const options = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal });
  return {
    async generate(context, signal) {
      const input = { KeyId, KeySpec: 'AES_256' as const, EncryptionContext: { ...context } };
      try {
        const answer = await client.send(new GenerateDataKeyCommand(input), options(signal));
        const wrappedKey = Uint8Array.from(answer.CiphertextBlob ?? []);
        return { ...openedKey(KeyId, region, answer), wrappedKey };
      } catch (error) {
        throw fromAws(error, { action: 'kms:GenerateDataKey', region }, signal);
      }
    },
    async unwrap(wrappedKey, context, signal) {
      const input = { KeyId, CiphertextBlob: wrappedKey, EncryptionContext: { ...context } };
      try {
        const answer = await client.send(new DecryptCommand(input), options(signal));
        return openedKey(KeyId, region, answer);
      } catch (error) {
        throw fromAws(error, { action: 'kms:Decrypt', region }, signal);
      }
    },
  };
}
