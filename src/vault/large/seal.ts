/** Seals a value into one parameter, or into several where it does not fit. */
import {
  type Entry,
  encodeEntry,
  SALT_BYTES,
  type SealInput,
  sealEntry,
  sealLarge,
} from '../../envelope/index.ts';
import { secretName } from '../../secret-name.ts';
import type { VaultScope } from '../scope.ts';
import { checkTextFits, fitsOne, withWidestSlot } from '../size.ts';
import { checkPartNames } from './place.ts';

/** What is written for a value. */
export interface SealedValue {
  readonly entry: Entry;
  /** The entry's text. */
  readonly text: string;
  /** The texts of its parts; none where it fits into its parameter. */
  readonly parts: readonly string[];
}

/** @throws WaxsealError `value_too_large` */
export function sealValue(scope: VaultScope, input: SealInput): SealedValue {
  const { value } = input;
  const small = sealEntry(input);
  // What is waxseal's own, the head of a release, is read as it stands.
  const isSecret = secretName(scope.path, input.name) !== undefined;
  if (value === undefined || !isSecret || fitsOne(scope.tier, withWidestSlot(small))) {
    checkTextFits(scope, input.name, withWidestSlot(small));
    return { entry: small, text: encodeEntry(small), parts: [] };
  }
  checkPartNames(scope.path, input.name);
  // Another salt than the one that sealed it whole: a salt serves one message.
  const salt = scope.randomBytes(SALT_BYTES);
  const { entry, parts } = sealLarge({ ...input, value, salt }, scope.randomBytes(SALT_BYTES));
  checkTextFits(scope, input.name, withWidestSlot(entry));
  return { entry, text: encodeEntry(entry), parts };
}
