import type { Operations } from '../operation.ts';
import { aliasOperations } from './aliases.ts';
import { cryptoOperations } from './crypto.ts';
import { deletionOperations } from './deletion.ts';
import { keyOperations } from './keys.ts';
import { policyOperations } from './policies.ts';
import { replicaOperations } from './replicas.ts';
import { rotationOperations } from './rotation.ts';
import { tagOperations } from './tags.ts';

/** Every operation of `TrentService` that is answered. */
export const kmsOperations: Operations = {
  ...keyOperations,
  ...replicaOperations,
  ...deletionOperations,
  ...aliasOperations,
  ...rotationOperations,
  ...policyOperations,
  ...tagOperations,
  ...cryptoOperations,
};
