/** A vault's KMS key by AWS's own SDK. */
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { WaxsealError } from '../../errors.ts';
import type { KeyWrapper, UnwrappedKey } from '../../vault/index.ts';
import { bareKeyId, keyIdInRegion, namesKey } from '../arn.ts';
import { fromAws } from '../errors.ts';

/**
 * The KMS key `keyId` in `region`.
 * @param keyId - alias, id or ARN from configuration; never something that was read from Parameter Store
 */
export function sdkKeyWrapper(region: string, keyId: string, client: KMSClient): KeyWrapper {
  const KeyId = keyIdInRegion(keyId, region);
  const opened = (plaintext: Uint8Array | undefined, answeredBy: string | undefined): UnwrappedKey => {
    const kmsKeyId = bareKeyId(answeredBy ?? '');
    if (plaintext === undefined || kmsKeyId === '' || (namesKey(KeyId) && bareKeyId(KeyId) !== kmsKeyId)) {
      plaintext?.fill(0);
      throw new WaxsealError(
        'foreign_key',
        `another KMS key answered in ${region} than the one that was asked`,
        {
          hint: 'check the endpoint: KMS itself does not do this',
          region,
        },
      );
    }
    // A copy of our own: the SDK's answer may be a view over memory that is shared.
    const copy = Uint8Array.from(plaintext);
    plaintext.fill(0);
    return { plaintext: copy, kmsKeyId };
  };
  const options = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal });
  return {
    async generate(context, signal) {
      const input = { KeyId, KeySpec: 'AES_256' as const, EncryptionContext: { ...context } };
      try {
        const answer = await client.send(new GenerateDataKeyCommand(input), options(signal));
        const wrappedKey = Uint8Array.from(answer.CiphertextBlob ?? []);
        return { ...opened(answer.Plaintext, answer.KeyId), wrappedKey };
      } catch (error) {
        throw fromAws(error, { action: 'kms:GenerateDataKey', region }, signal);
      }
    },
    async unwrap(wrappedKey, context, signal) {
      const input = { KeyId, CiphertextBlob: wrappedKey, EncryptionContext: { ...context } };
      try {
        const answer = await client.send(new DecryptCommand(input), options(signal));
        return opened(answer.Plaintext, answer.KeyId);
      } catch (error) {
        throw fromAws(error, { action: 'kms:Decrypt', region }, signal);
      }
    },
  };
}
