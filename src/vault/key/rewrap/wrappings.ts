/** What KMS made of the data keys of a vault: each distinct wrapped data key is asked for once, at home. */
import { encryptionContext, formatDataKeyId } from '../../../envelope/index.ts';
import { isIntegrityError, WaxsealError } from '../../../errors.ts';
import { deadline } from '../../deadline.ts';
import { namingKey } from '../../foreign-key.ts';
import type { RewrappedKey } from '../../ports.ts';
import type { VaultScope } from '../../scope.ts';
import type { Wrapped } from './wrapped.ts';

/** How a data key is to be wrapped from now on. */
export type NewWrapping = Pick<RewrappedKey, 'wrappedKey' | 'kmsKeyId'>;

/** What is to be done with a parameter's wrapped data key. */
export type Fate =
  | { readonly is: 'kept' }
  | { readonly is: 'rewrapped'; readonly wrapping: NewWrapping }
  /** KMS does not take it for what it says it is. */
  | { readonly is: 'refused'; readonly error: WaxsealError }
  /** It came after KMS was asked. */
  | { readonly is: 'unknown' };

/** The wrapped data keys of a vault, and what becomes of them. */
export interface Wrappings {
  /**
   * Asks KMS about those that are new.
   * @throws WaxsealError what the call meets, unless it says that the wrapped data key is not to be trusted
   */
  learn(wrapped: readonly Wrapped[], caller: AbortSignal | undefined): Promise<void>;
  fateOf(wrapped: Wrapped): Fate;
  /** How often KMS was asked. */
  readonly calls: number;
}

const KEPT: Fate = { is: 'kept' };

/**
 * Nothing is taken from one parameter for another: a wrapped data key that somebody planted stays the harm of the
 * parameter where it lies.
 * @param to - the bare id of the KMS key to go under; undefined for the newest material of the same one
 */
export function createWrappings(scope: VaultScope, to: string | undefined): Wrappings {
  const known = new Map<string, RewrappedKey | 'newest' | WaxsealError>();
  let calls = 0;
  const ask = async (one: Wrapped, caller: AbortSignal | undefined): Promise<RewrappedKey | WaxsealError> => {
    const context = encryptionContext(scope.path, one.dataKeyId);
    calls += 1;
    try {
      const signal = deadline(scope.timeout, caller);
      return await scope.home.keys.rewrap(one.wrappedKey, context, { to }, signal);
    } catch (error) {
      if (!isIntegrityError(error)) throw error;
      return namingKey(error, one.kmsKeyId);
    }
  };
  return {
    get calls() {
      return calls;
    },
    async learn(wrapped, caller) {
      for (const one of wrapped) {
        if (one.kmsKeyId === to || known.has(nameOf(one))) continue;
        const made = await ask(one, caller);
        known.set(nameOf(one), made);
        // What comes of it is as new as it gets.
        if (!(made instanceof Error)) known.set(nameOf({ ...one, ...made }), 'newest');
      }
    },
    fateOf(one) {
      if (one.kmsKeyId === to) return KEPT;
      const made = known.get(nameOf(one));
      if (made === undefined) return { is: 'unknown' };
      if (made === 'newest') return KEPT;
      if (made instanceof Error) return { is: 'refused', error: made };
      if (made.sourceKmsKeyId !== one.kmsKeyId) return { is: 'refused', error: mislabelled(one, scope) };
      if (to === undefined && isNewest(made, scope)) return KEPT;
      const { wrappedKey, kmsKeyId } = made;
      return { is: 'rewrapped', wrapping: { wrappedKey, kmsKeyId } };
    },
  };
}

/** A wrapped data key by its bytes: the same data key under the same KMS key may lie there in two wrappings. */
function nameOf({ dataKeyId, wrappedKey }: Pick<Wrapped, 'dataKeyId' | 'wrappedKey'>): string {
  return `${formatDataKeyId(dataKeyId)} ${Buffer.from(wrappedKey).toString('base64')}`;
}

function isNewest({ materialId, sourceMaterialId }: RewrappedKey, { home }: VaultScope): boolean {
  if (materialId !== undefined && sourceMaterialId !== undefined) return materialId === sourceMaterialId;
  throw new WaxsealError('unexpected', `KMS in ${home.name} does not tell the material of a key`, {
    hint: 'without it nobody knows what is under an older one: move to another KMS key instead, by --to',
    region: home.name,
  });
}

function mislabelled({ kmsKeyId }: Wrapped, { home }: VaultScope): WaxsealError {
  return new WaxsealError('foreign_key', `it says that KMS key ${kmsKeyId} wrapped it, and another key did`, {
    hint: 'somebody changed the parameter; set the secret again',
    region: home.name,
  });
}
