/** A vault's KMS key over the lean client. It opens data keys; making them is the SDK's, which is loaded for it. */
import type { KeyWrapper } from '../../vault/index.ts';
import { keyIdInRegion } from '../arn.ts';
import { openedKey } from '../opened-key.ts';
import type { LeanClient } from './client.ts';
import { keyIn } from './decode.ts';

/**
 * The KMS key `keyId` in `region`.
 * @param keyId - alias, id or ARN from configuration; never something that was read from Parameter Store
 */
export function leanKeyWrapper(region: string, keyId: string, client: LeanClient): KeyWrapper {
  const KeyId = keyIdInRegion(keyId, region);
  return {
    prepare: () => client.prepare('kms', region),
    async unwrap(wrappedKey, context, signal) {
      const input = {
        KeyId,
        CiphertextBlob: Buffer.from(wrappedKey).toString('base64'),
        EncryptionContext: { ...context },
      };
      const decrypt = { service: 'kms', operation: 'Decrypt', secretField: 'Plaintext' } as const;
      const answer = await client.call({ ...decrypt, region, input, signal });
      return openedKey(KeyId, region, keyIn(answer));
    },
    async generate(context, signal) {
      const [{ sdkKeyWrapper }, { kms }] = await Promise.all([
        import('../sdk/key-wrapper.ts'),
        client.sdk(region),
      ]);
      return sdkKeyWrapper(region, keyId, kms).generate(context, signal);
    },
  };
}
