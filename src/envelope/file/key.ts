/** A file's own data key: who it is, and what KMS binds it to. */
import { WaxsealError } from '../../errors.ts';
import { VAULT_CONTEXT_KEY } from '../../secret-name.ts';

/** Who a file's data key is. Written `<created-at>.<random>`, such as `1763788000.9f86d081884c7d65`. */
export interface FileKeyId {
  /** Seconds since 1970, UTC. */
  readonly createdAt: number;
  /** 16 hexadecimal digits. */
  readonly random: string;
}

/** One pair of the context that the user binds a data key to. */
export type ContextPair = readonly [key: string, value: string];

const FILE_KEY_ID = /^([1-9]\d{8,11})\.([0-9a-f]{16})$/;

/**
 * ASCII without anything that JSON escapes. "aws:" is KMS's own, "waxseal:" ours; conditions in policies compare keys
 * without regard to case, so that no other case may pass for ours either.
 */
const KEY = /^(?!aws:|waxseal:)[a-z0-9][a-z0-9_.:/@-]{0,127}$/i;
const VALUE = /^[ !#-[\]-~]{0,256}$/;
const MAX_PAIRS = 16;

/** The canonical text of an id. */
export function formatFileKeyId({ createdAt, random }: FileKeyId): string {
  return `${createdAt}.${random}`;
}

/** Reads an id. @throws WaxsealError `malformed` */
export function parseFileKeyId(text: string): FileKeyId {
  const match = FILE_KEY_ID.exec(text);
  if (match === null) throw new WaxsealError('malformed', 'field "dk" is not the id of a file\'s data key');
  return { createdAt: Number(match[1]), random: match[2] ?? '' };
}

/**
 * The KMS encryption context of a file's data key, made from what was asked for and the id. It says what it is for,
 * so that a file's data key never passes for a vault's, nor the other way round. It shows in CloudTrail: nothing secret.
 */
export function fileEncryptionContext(
  vault: string,
  id: FileKeyId,
  context: readonly ContextPair[],
): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(context),
    [VAULT_CONTEXT_KEY]: vault,
    'waxseal:purpose': 'file',
    'waxseal:data-key': id.random,
    'waxseal:created': String(id.createdAt),
  };
}

/** A context in its one order. @throws WaxsealError `usage` when KMS or this format cannot hold it */
export function contextPairs(context: Readonly<Record<string, string>>): readonly ContextPair[] {
  const pairs = Object.entries(context).sort(byKey);
  const wrong = whatIsWrong(pairs);
  if (wrong === undefined) return pairs;
  throw new WaxsealError('usage', `the context ${wrong}`, {
    hint: 'up to 16 pairs; keys of letters, digits and _ . : / @ -, not beginning with "aws:" or "waxseal:"; values of printable ASCII without \\ and ", up to 256 characters',
  });
}

/** Reads pairs as they stand in a header or, as an object, in a document. @throws WaxsealError `malformed` */
export function readPairs(value: unknown): readonly ContextPair[] {
  const pairs = Array.isArray(value) ? (value as readonly unknown[]) : undefined;
  if (pairs === undefined || !pairs.every(isPair) || whatIsWrong(pairs) !== undefined) {
    throw new WaxsealError('malformed', 'field "ctx" is not as the format has it');
  }
  return pairs;
}

/** Orders pairs by the bytes of their keys. */
export function byKey([a]: ContextPair, [b]: ContextPair): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isPair(value: unknown): value is ContextPair {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

function whatIsWrong(pairs: readonly ContextPair[]): string | undefined {
  if (pairs.length > MAX_PAIRS) return `has more than ${MAX_PAIRS} pairs`;
  if (!pairs.every(([key, value]) => KEY.test(key) && VALUE.test(value)))
    return 'has a pair that cannot be kept';
  const keys = pairs.map(([key]) => key.toLowerCase());
  if (new Set(keys).size !== keys.length) return 'has a key twice';
  const inOrder = pairs.every((pair, i) => i === 0 || byKey(pairs[i - 1] ?? pair, pair) < 0);
  return inOrder ? undefined : 'is not in order';
}
