/** A vault's KMS key by AWS's own SDK. */
import {
  DecryptCommand,
  GenerateDataKeyCommand,
  type KMSClient,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import type { KeyWrapper } from '../../vault/index.ts';
import { acceptedKeys } from '../accepted-keys.ts';
import { keyIdInRegion } from '../arn.ts';
import { fromAws } from '../errors.ts';
import { openedKey, rewrappedKey } from '../opened-key.ts';

/**
 * The KMS key `keyId` in `region`.
 * @param keyId - alias, id or ARN from configuration; never something that was read from Parameter Store
 * @param accepted - ids or ARNs of keys that are accepted beside it, from configuration too
 */
export function sdkKeyWrapper(
  region: string,
  keyId: string,
  client: KMSClient,
  accepted: readonly string[] = [],
): KeyWrapper {
  const keys = acceptedKeys(region, keyId, accepted);
  const options = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal });
  const asking = async <T>(action: string, signal: AbortSignal | undefined, send: () => Promise<T>) => {
    try {
      return await send();
    } catch (error) {
      throw fromAws(error, { action, region }, signal);
    }
  };
  return {
    generate: (context, signal) =>
      asking('kms:GenerateDataKey', signal, async () => {
        const input = { KeyId: keys.own, KeySpec: 'AES_256' as const, EncryptionContext: { ...context } };
        const answer = await client.send(new GenerateDataKeyCommand(input), options(signal));
        const wrappedKey = Uint8Array.from(answer.CiphertextBlob ?? []);
        return { ...openedKey(keys.own, region, answer), wrappedKey };
      }),
    unwrap: (wrappedKey, context, signal) =>
      keys.ask((KeyId) =>
        asking('kms:Decrypt', signal, async () => {
          const input = { KeyId, CiphertextBlob: wrappedKey, EncryptionContext: { ...context } };
          return openedKey(KeyId, region, await client.send(new DecryptCommand(input), options(signal)));
        }),
      ),
    rewrap: (wrappedKey, context, { to }, signal) =>
      keys.ask((SourceKeyId) =>
        asking('kms:ReEncrypt', signal, async () => {
          const DestinationKeyId = to === undefined ? SourceKeyId : keyIdInRegion(to, region);
          const input = {
            CiphertextBlob: wrappedKey,
            SourceKeyId,
            SourceEncryptionContext: { ...context },
            DestinationKeyId,
            DestinationEncryptionContext: { ...context },
          };
          const answer = await client.send(new ReEncryptCommand(input), options(signal));
          return rewrappedKey(SourceKeyId, DestinationKeyId, region, answer);
        }),
      ),
  };
}
