/**
 * What the last boot saw, in a file of the user's: the release's number, below which nothing is taken any more, and
 * the wrapped data key, so that KMS is asked beside Parameter Store and not after it; and which regions did not answer,
 * so that twenty starts in a row do not each wait for a home that is gone. None of it is secret, and losing it costs
 * one round trip.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Settings } from '../config/index.ts';
import type { SeenRelease } from '../vault/index.ts';

/** A release that was seen, and the regions that failed then, each with its time in ms since 1970. */
export interface Remembered extends SeenRelease {
  readonly failed: Readonly<Record<string, number>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The file for a vault: in the embedded AWS's own state folder, for an account in the cache folder. None for an
 * endpoint, behind which another vault of the same name may stand tomorrow.
 * @returns undefined where nothing is to be remembered (`WAXSEAL_CACHE=0`, no home folder)
 */
export function seenFile({ vault, regions, aws }: Settings, env: Environment): string | undefined {
  const given = env.WAXSEAL_CACHE;
  if (given === '0' || aws.kind === 'endpoint') return undefined;
  const what = createHash('sha256').update(JSON.stringify([vault, regions[0], env.AWS_PROFILE ?? '']));
  const name = `${what.digest('hex').slice(0, 32)}.json`;
  if (aws.kind === 'embedded') return join(aws.stateDir, 'seen', name);
  const folder = given || env.XDG_CACHE_HOME || (env.HOME ? join(env.HOME, '.cache') : undefined);
  return folder === undefined ? undefined : join(folder, 'waxseal', name);
}

/** What was remembered; undefined when there is nothing, or nothing that the user alone can have written. */
export function readSeen(file: string): Remembered | undefined {
  try {
    if (!isOwn(file)) return undefined;
    const read = JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<string, unknown>>;
    const { release, dk, wk, kms, failed = {} } = read;
    if (!Number.isSafeInteger(release) || Number(release) < 1) return undefined;
    if (typeof dk !== 'string' || typeof wk !== 'string' || typeof kms !== 'string') return undefined;
    return {
      release: Number(release),
      dataKeyId: dk,
      wrappedKey: Uint8Array.from(Buffer.from(wk, 'base64')),
      kmsKeyId: kms,
      failed: timesIn(failed),
    };
  } catch {
    return undefined;
  }
}

/** Remembers, when it is something new. A folder that cannot be written to is no reason not to start. */
export async function writeSeen(
  file: string,
  seen: Remembered,
  before: Remembered | undefined,
): Promise<void> {
  const text = textOf(seen);
  if (before !== undefined && text === textOf(before)) return;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const { default: writeFileAtomic } = await import('write-file-atomic');
    await writeFileAtomic(file, text, { mode: 0o600 });
  } catch {
    // The next start takes a round trip more.
  }
}

function textOf({ release, dataKeyId, wrappedKey, kmsKeyId, failed }: Remembered): string {
  const wk = Buffer.from(wrappedKey).toString('base64');
  return `${JSON.stringify({ release, dk: dataKeyId, wk, kms: kmsKeyId, ...(Object.keys(failed).length > 0 && { failed }) })}\n`;
}

function timesIn(failed: unknown): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(failed ?? {}).filter((one): one is [string, number] => typeof one[1] === 'number'),
  );
}

/** Whether a file is the user's own, and nobody else can write to it. */
export function isOwn(file: string): boolean {
  const { uid, mode } = statSync(file);
  if (process.getuid === undefined) return true;
  return uid === process.getuid() && (mode & 0o022) === 0;
}
