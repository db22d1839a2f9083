/** What fits into a parameter. Source: PutParameter, "Value": 4,096 characters standard, 8,192 advanced. */
import {
  countLargeParts,
  type Entry,
  encodeEntry,
  MAX_LARGE_BYTES,
  type SealInput,
  sealEntry,
  TAG_BYTES,
} from '../envelope/index.ts';
import { WaxsealError } from '../errors.ts';
import { checkPartNames } from './large/place.ts';
import type { VaultScope } from './scope.ts';
import type { ValueSize } from './types.ts';

const LIMITS = { standard: 4096, advanced: 8192 } as const;

const WIDEST_SLOT = { region: 'ap-northeast-1', version: 999_999 } as const;

/** A wrapped AES-256 data key of KMS has 184 bytes today; only the check before the first call assumes it. */
const USUAL_WRAPPED_KEY_BYTES = 184;

/**
 * Refuses before any call a value that fits into no parameter and no parts either.
 * @param parameter - the full name
 * @throws WaxsealError `value_too_large`
 */
export function checkValueFits(scope: VaultScope, parameter: string, value: Uint8Array): void {
  // What is longer than any parts may still compress so well that it needs none.
  if (fitsOne(scope.tier, draftText(scope, parameter, value))) return;
  if (value.byteLength > MAX_LARGE_BYTES) throw tooLarge(parameter.slice(scope.path.length + 1));
  checkPartNames(scope.path, parameter);
}

/** What a value would take. @param parameter - the full name */
export function valueSize(scope: VaultScope, parameter: string, value: Uint8Array): ValueSize {
  const text = draftText(scope, parameter, value);
  if (fitsOne(scope.tier, text)) return { parameters: 1, tooLarge: false, oneAdvanced: false };
  if (value.byteLength > MAX_LARGE_BYTES) return { parameters: 0, tooLarge: true, oneAdvanced: false };
  return {
    parameters: 1 + countLargeParts(value),
    tooLarge: false,
    oneAdvanced: scope.tier === 'standard' && fitsOne('advanced', text),
  };
}

/** Whether a value fits into one parameter as any revision of an entry: a later one names its parent, and is longer. */
export function alwaysFits(scope: VaultScope, parameter: string, value: Uint8Array): boolean {
  const first = draftOf(scope, parameter, value);
  const later = sealEntry({ ...first, revision: 999_999, parent: sealEntry(first) });
  return fitsOne(scope.tier, withWidestSlot(later));
}

/** An entry's text for a value as it would be, sealed under a key that is thrown away. */
function draftText(scope: VaultScope, parameter: string, value: Uint8Array): string {
  return withWidestSlot(sealEntry(draftOf(scope, parameter, value)));
}

function draftOf(scope: VaultScope, name: string, value: Uint8Array): SealInput {
  return {
    name,
    revision: 1,
    dataKey: {
      id: { generation: 1, createdAt: 1_000_000_000, random: '0'.repeat(16) },
      key: new Uint8Array(32),
    },
    wrapping: {
      wrappedKey: new Uint8Array(USUAL_WRAPPED_KEY_BYTES),
      kmsKeyId: `mrk-${'0'.repeat(32)}`,
      slot: { region: scope.home.name, version: 1 },
    },
    sealedAt: 1_000_000_000,
    value,
    salt: new Uint8Array(32),
  };
}

/**
 * An entry's text in the region with the longest name, after a million writes. Each region's copy has a slot of its
 * own, and what home takes every region has to take, also one that the vault gets later.
 */
export function withWidestSlot(entry: Entry): string {
  return encodeEntry({ ...entry, wrapping: { ...entry.wrapping, slot: WIDEST_SLOT } });
}

/** Whether a text fits into one parameter. */
export function fitsOne(tier: VaultScope['tier'], text: string): boolean {
  return text.length <= LIMITS[tier];
}

function tooLarge(name: string): WaxsealError {
  return new WaxsealError(
    'value_too_large',
    `the value of ${name} is too large: a secret has ${MAX_LARGE_BYTES} bytes at most`,
    {
      hint: 'seal it as a file, "waxseal file encrypt", and keep that where files are kept, such as S3',
    },
  );
}

/** Refuses an entry that Parameter Store would refuse. @throws WaxsealError `value_too_large` */
export function checkTextFits(scope: Pick<VaultScope, 'tier'>, name: string, text: string): void {
  const limit = LIMITS[scope.tier];
  if (fitsOne(scope.tier, text)) return;
  const around = text.length - (JSON.parse(text) as { ct: string }).ct.length;
  const fits = Math.floor((limit - around) / 4) * 3 - TAG_BYTES;
  const more =
    scope.tier === 'standard'
      ? '; "tier": "advanced" in waxseal.json allows twice the characters, at AWS\'s price for advanced parameters'
      : '';
  throw new WaxsealError(
    'value_too_large',
    `the value of ${name} does not fit into one ${scope.tier} parameter`,
    {
      hint: `${fits} bytes fit under this name, more where they compress (text does, keys hardly)${more}`,
    },
  );
}
