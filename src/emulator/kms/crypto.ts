import { randomBytes } from 'node:crypto';
import { AwsError } from '../errors.ts';
import { type Answer, type Call, type Operations, operation } from '../operation.ts';
import { blob, boolean, integer, list, oneOf, optional, required, string, stringMap } from '../validate.ts';
import {
  type Algorithm,
  algorithmField,
  decryptWith,
  encryptWith,
  materialIdOf,
  requireAlgorithm,
} from './algorithm.ts';
import type { EncryptionContext } from './blob.ts';
import { encryptUnder } from './cipher.ts';
import { currentMaterial } from './material.ts';
import { keyByAnyName, requireCustomerManaged, requireState } from './resolve.ts';

const keyId = string({ min: 1, max: 2048 });
const common = {
  GrantTokens: optional(list(string({ min: 1, max: 8192 }), { max: 10 })),
  DryRun: optional(boolean()),
};
const modifiers = optional(list(oneOf('IGNORE_CIPHERTEXT')));
const dataKeyFields = {
  KeyId: required(keyId),
  EncryptionContext: optional(stringMap()),
  KeySpec: optional(oneOf('AES_256', 'AES_128')),
  NumberOfBytes: optional(integer({ min: 1, max: 1024 })),
  ...common,
};
const none: EncryptionContext = new Map();
const name = 'SYMMETRIC_DEFAULT';

/** With DryRun, everything but the answer has happened: this error means success. */
function finish(dryRun: boolean | undefined, answer: Answer): Answer {
  if (!dryRun) return answer;
  throw new AwsError(
    'DryRunOperationException',
    'The request would have succeeded, but the DryRun option is set.',
  );
}

interface DataKeyInput {
  readonly KeyId: string;
  readonly EncryptionContext: EncryptionContext | undefined;
  readonly KeySpec: 'AES_256' | 'AES_128' | undefined;
  readonly NumberOfBytes: number | undefined;
}

function dataKey(call: Call, input: DataKeyInput): { readonly bytes: Buffer; readonly answer: Answer } {
  if ((input.KeySpec === undefined) === (input.NumberOfBytes === undefined))
    throw new AwsError('ValidationException', 'Please specify either number of bytes or key spec.');
  const key = keyByAnyName(call, input.KeyId);
  requireCustomerManaged(call, key);
  const bytes = randomBytes(input.NumberOfBytes ?? (input.KeySpec === 'AES_256' ? 32 : 16));
  const sealed = encryptUnder(call, key, bytes, input.EncryptionContext ?? none);
  const answer = {
    CiphertextBlob: sealed.toString('base64'),
    KeyId: key.arn,
    KeyMaterialId: currentMaterial(key.family).id,
  };
  return { bytes, answer };
}

/** DryRun with IGNORE_CIPHERTEXT asks about the key alone, with no blob at hand. */
function isKeyCheck(dryRun: boolean | undefined, asked: readonly string[] | undefined): boolean {
  const ignores = asked?.includes('IGNORE_CIPHERTEXT') ?? false;
  if (ignores && !dryRun)
    throw new AwsError('ValidationException', 'DryRunModifiers can be used with DryRun only.');
  return ignores;
}

function requireUsable(call: Call, id: string | undefined, algorithm: Algorithm = name): void {
  if (id === undefined)
    throw new AwsError('ValidationException', 'The key ID is required when the ciphertext is ignored.');
  const key = keyByAnyName(call, id);
  requireCustomerManaged(call, key);
  requireAlgorithm(key, algorithm);
  requireState(call, key, 'Enabled');
}

function ciphertext(bytes: Buffer | undefined): Buffer {
  if (bytes !== undefined) return bytes;
  throw new AwsError(
    'ValidationException',
    "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
  );
}

export const cryptoOperations: Operations = {
  GenerateDataKey: operation(dataKeyFields, (call, input) => {
    const { bytes, answer } = dataKey(call, input);
    return finish(input.DryRun, { ...answer, Plaintext: bytes.toString('base64') });
  }),
  GenerateDataKeyWithoutPlaintext: operation(dataKeyFields, (call, input) =>
    finish(input.DryRun, dataKey(call, input).answer),
  ),
  GenerateRandom: operation({ NumberOfBytes: optional(integer({ min: 1, max: 1024 })) }, (_, input) => {
    if (input.NumberOfBytes === undefined)
      throw new AwsError('ValidationException', 'NumberOfBytes is required.');
    return { Plaintext: randomBytes(input.NumberOfBytes).toString('base64') };
  }),
  Encrypt: operation(
    {
      KeyId: required(keyId),
      Plaintext: required(blob({ min: 1, max: 4096 })),
      EncryptionContext: optional(stringMap()),
      EncryptionAlgorithm: algorithmField,
      ...common,
    },
    (call, input) => {
      const key = keyByAnyName(call, input.KeyId);
      requireCustomerManaged(call, key);
      const { EncryptionContext: context = none, EncryptionAlgorithm: algorithm } = input;
      const CiphertextBlob = encryptWith(call, key, input.Plaintext, context, algorithm).toString('base64');
      return finish(input.DryRun, { CiphertextBlob, KeyId: key.arn, EncryptionAlgorithm: algorithm ?? name });
    },
  ),
  Decrypt: operation(
    {
      CiphertextBlob: optional(blob({ min: 1, max: 6144 })),
      EncryptionContext: optional(stringMap()),
      KeyId: optional(keyId),
      EncryptionAlgorithm: algorithmField,
      DryRunModifiers: modifiers,
      ...common,
    },
    (call, input) => {
      if (isKeyCheck(input.DryRun, input.DryRunModifiers)) {
        requireUsable(call, input.KeyId, input.EncryptionAlgorithm);
        return finish(true, {});
      }
      const blobBytes = ciphertext(input.CiphertextBlob);
      const { EncryptionContext: context = none, EncryptionAlgorithm: algorithm } = input;
      const opened = decryptWith(call, blobBytes, context, input.KeyId, algorithm);
      requireCustomerManaged(call, opened.key);
      return finish(input.DryRun, {
        KeyId: opened.key.arn,
        Plaintext: opened.plaintext.toString('base64'),
        EncryptionAlgorithm: algorithm ?? name,
        KeyMaterialId: opened.materialId,
      });
    },
  ),
  ReEncrypt: operation(
    {
      CiphertextBlob: optional(blob({ min: 1, max: 6144 })),
      SourceEncryptionContext: optional(stringMap()),
      SourceKeyId: optional(keyId),
      DestinationKeyId: required(keyId),
      DestinationEncryptionContext: optional(stringMap()),
      SourceEncryptionAlgorithm: algorithmField,
      DestinationEncryptionAlgorithm: algorithmField,
      DryRunModifiers: modifiers,
      ...common,
    },
    (call, input) => {
      if (isKeyCheck(input.DryRun, input.DryRunModifiers)) {
        requireUsable(call, input.SourceKeyId, input.SourceEncryptionAlgorithm);
        requireUsable(call, input.DestinationKeyId, input.DestinationEncryptionAlgorithm);
        return finish(true, {});
      }
      const blobBytes = ciphertext(input.CiphertextBlob);
      const from = input.SourceEncryptionAlgorithm;
      const to = input.DestinationEncryptionAlgorithm;
      const sourceContext = input.SourceEncryptionContext ?? none;
      const opened = decryptWith(call, blobBytes, sourceContext, input.SourceKeyId, from);
      requireCustomerManaged(call, opened.key);
      const destination = keyByAnyName(call, input.DestinationKeyId);
      requireCustomerManaged(call, destination);
      const context = input.DestinationEncryptionContext ?? none;
      const sealed = encryptWith(call, destination, opened.plaintext, context, to);
      return finish(input.DryRun, {
        CiphertextBlob: sealed.toString('base64'),
        SourceKeyId: opened.key.arn,
        KeyId: destination.arn,
        SourceEncryptionAlgorithm: from ?? name,
        DestinationEncryptionAlgorithm: to ?? name,
        SourceKeyMaterialId: opened.materialId,
        DestinationKeyMaterialId: materialIdOf(destination),
      });
    },
  ),
};
