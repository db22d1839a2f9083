/**
 * The last release that a start got, kept in a file for the day on which Parameter Store fails in all regions. It is
 * kept as it came: sealed. KMS still has to open it, so this covers an outage of Parameter Store and no other.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isWaxsealError, WaxsealError } from '../errors.ts';
import { compareNames } from '../secret-name.ts';
import type { Booted, BootOptions, BootVault, SealedTexts } from '../vault/index.ts';
import { isOwn } from './seen.ts';

/** Where it is kept, and for how long it is good. */
export interface LastKnownGood {
  /** A file of the user's, mode 0600. */
  readonly file: string;
  /** How long after its publish a release may be used, in ms; by the time that is sealed into it. Default 7 days. */
  readonly maxAge?: number | undefined;
}

const WEEK = 7 * 24 * 3_600_000;

/** Keeps a release, when it is another one. @throws WaxsealError `rejected` when the file cannot be written */
export async function keepRelease(
  { file }: LastKnownGood,
  vault: string,
  sealed: SealedTexts,
): Promise<void> {
  const { head, parts, large = {} } = sealed;
  try {
    const there = readIfThere(file);
    // Of several applications that share the file one may load a large secret which another leaves out.
    const before = there === undefined ? undefined : parseKept(there, vault);
    const all = { ...(before?.head === head ? before.large : undefined), ...large };
    const kept = Object.keys(all).length === 0 ? { head, parts } : { head, parts, large: inOrder(all) };
    const text = `${JSON.stringify({ wx: 1, vault, ...kept })}\n`;
    if (there === text) return;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const { default: writeFileAtomic } = await import('write-file-atomic');
    await writeFileAtomic(file, text, { mode: 0o600 });
  } catch (cause) {
    throw new WaxsealError('rejected', `the last known good release cannot be kept in ${file}`, {
      cause,
      hint: 'check its folder, or leave out lastKnownGood (WAXSEAL_LAST_KNOWN_GOOD)',
    });
  }
}

/**
 * Starts with what was kept.
 * @throws WaxsealError `release_missing` when there is nothing, `release_too_old` when it is too old, `malformed`,
 *   `large_incomplete` when a large secret is wanted that no start had loaded
 */
export async function bootLastKnownGood(
  { file, maxAge = WEEK }: LastKnownGood,
  vault: BootVault,
  options: Pick<BootOptions, 'signal' | 'floor' | 'seen' | 'large'>,
  now: number = Date.now(),
): Promise<Booted> {
  const booted = await vault.bootFrom(readKept(file, vault.path), options).catch((error: unknown) => {
    if (!isWaxsealError(error, 'large_incomplete')) throw error;
    throw new WaxsealError('large_incomplete', `the last known good release lacks it: ${error.message}`, {
      cause: error,
      hint: 'it keeps the large secrets that the last start loaded, and no others',
    });
  });
  const age = now - (booted.publishedAt ?? 0);
  if (age <= maxAge) return booted;
  for (const { value } of booted.secrets.values()) value.fill(0);
  const hours = (ms: number): string => `${Math.round(ms / 3_600_000)} h`;
  throw new WaxsealError(
    'release_too_old',
    `the last known good release was published ${hours(age)} ago, ${hours(maxAge)} are allowed`,
    { hint: 'publish more often, or allow a greater age' },
  );
}

function readKept(file: string, vault: string): SealedTexts {
  let text: string | undefined;
  try {
    text = readIfThere(file);
    if (text !== undefined && !isOwn(file)) text = undefined;
  } catch (cause) {
    throw new WaxsealError('release_missing', `the last known good release in ${file} cannot be read`, {
      cause,
    });
  }
  if (text === undefined) {
    throw new WaxsealError('release_missing', `there is no last known good release of yours in ${file}`);
  }
  const kept = parseKept(text, vault);
  if (kept !== undefined) return kept;
  throw new WaxsealError('malformed', `${file} holds no release of ${vault}`, {
    hint: 'remove it: the next start keeps a good one',
  });
}

/** Reads what was kept; files of before there were large secrets have none. @returns undefined for anything else */
function parseKept(text: string, vault: string): SealedTexts | undefined {
  try {
    const read = JSON.parse(text) as Partial<Record<string, unknown>>;
    const { head, parts, large = {} } = read;
    if (read.wx !== 1 || read.vault !== vault || typeof head !== 'string' || !Array.isArray(parts)) return;
    if (typeof large !== 'object' || large === null) return;
    const texts = Object.entries(large).map(([name, one]): [string, string] => [name, String(one)]);
    return { head, parts: parts.map(String), large: Object.fromEntries(texts) };
  } catch {
    // What the parser says quotes what it read.
    return;
  }
}

/** The same whoever loaded first, so that a file which holds it all is not written again. */
function inOrder(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).sort(([a], [b]) => compareNames(a, b)));
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
