/** A vault's KMS key over the lean client. It opens data keys; all else is the SDK's, which is loaded for it. */
import type { KeyWrapper } from '../../vault/index.ts';
import { acceptedKeys } from '../accepted-keys.ts';
import { openedKey } from '../opened-key.ts';
import type { LeanClient } from './client.ts';
import { keyIn } from './decode.ts';

/**
 * The KMS key `keyId` in `region`.
 * @param keyId - alias, id or ARN from configuration; never something that was read from Parameter Store
 * @param accepted - ids or ARNs of keys that are accepted beside it, from configuration too
 */
export function leanKeyWrapper(
  region: string,
  keyId: string,
  client: LeanClient,
  accepted: readonly string[] = [],
): KeyWrapper {
  const keys = acceptedKeys(region, keyId, accepted);
  const bySdk = async (): Promise<KeyWrapper> => {
    const [{ sdkKeyWrapper }, { kms }] = await Promise.all([
      import('../sdk/key-wrapper.ts'),
      client.sdk(region),
    ]);
    return sdkKeyWrapper(region, keyId, kms, accepted);
  };
  return {
    prepare: () => client.prepare('kms', region),
    unwrap: (wrappedKey, context, signal) =>
      keys.ask(async (KeyId) => {
        const input = {
          KeyId,
          CiphertextBlob: Buffer.from(wrappedKey).toString('base64'),
          EncryptionContext: { ...context },
        };
        const decrypt = { service: 'kms', operation: 'Decrypt', secretField: 'Plaintext' } as const;
        const answer = await client.call({ ...decrypt, region, input, signal });
        return openedKey(KeyId, region, keyIn(answer));
      }),
    generate: async (context, signal) => (await bySdk()).generate(context, signal),
    rewrap: async (wrappedKey, context, how, signal) =>
      (await bySdk()).rewrap(wrappedKey, context, how, signal),
  };
}
