/** The start of an application: a vault's secrets by its release, with all that is remembered and kept between starts. */
import type { Observe } from '../aws/index.ts';
import { isWaxsealError, WaxsealError } from '../errors.ts';
import { type OpenVault, type OpenVaultOptions, openBootVault } from '../open-vault.ts';
import type { Booted, BootVault } from '../vault/index.ts';
import type { Explainer } from './explain.ts';
import { bootLastKnownGood, keepRelease, type LastKnownGood } from './last-known-good.ts';
import { readSeen, seenFile, writeSeen } from './seen.ts';

/** How a vault is started from. */
export interface BootVaultOptions extends Omit<OpenVaultOptions, 'actAsHome' | 'rate'> {
  readonly signal?: AbortSignal | undefined;
  /** Take no release below this number; default WAXSEAL_MIN_RELEASE. */
  readonly floor?: number | undefined;
  /** Take this release, which is pinned, and no other; default WAXSEAL_RELEASE. */
  readonly release?: number | undefined;
  /** Keep the release for an outage of Parameter Store; default WAXSEAL_LAST_KNOWN_GOOD, a file. */
  readonly lastKnownGood?: LastKnownGood | undefined;
  /** Which large secrets are loaded; default all where WAXSEAL_LARGE is 1, else none. */
  readonly large?: WantsLarge | undefined;
}

/** Whether a large secret is wanted. @param all - what WAXSEAL_LARGE says, if anything */
export type WantsLarge = (name: string, all: boolean | undefined) => boolean;

/** A start. */
export interface BootedVault extends Booted {
  /** Whether the last known good release had to serve. */
  readonly fromLastKnownGood: boolean;
}

/**
 * Opens the vault that is meant, boots from it and closes it.
 * @param use - is given the open vault too, for what is said about it
 * @param explainer - notes the vault, its calls and its release
 * @throws WaxsealError as {@link Vault.boot}; the error of the regions when the last known good release does not help
 */
export async function bootVault<T>(
  options: BootVaultOptions,
  use: (booted: BootedVault, open: OpenVault<BootVault>) => T,
  explainer?: Explainer,
): Promise<Awaited<T>> {
  const env = options.env ?? process.env;
  const open = await openBootVault({ ...options, observe: bothTold(options.observe, explainer) });
  try {
    explainer?.opened(open);
    const booted = await bootOpen(open, options, env);
    explainer?.release(booted.release);
    return await use(booted, open);
  } finally {
    await open.close();
  }
}

/** Boots a vault that is open, with all that is remembered. @throws WaxsealError as {@link bootVault} */
export async function bootOpen(
  { vault, settings, health }: OpenVault<BootVault>,
  options: Pick<BootVaultOptions, 'signal' | 'floor' | 'release' | 'lastKnownGood' | 'large'>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<BootedVault> {
  const { signal } = options;
  const floor = options.floor ?? settings.floor;
  const pin = options.release ?? settings.pin;
  const file = pin === undefined ? seenFile(settings, env) : undefined;
  const seen = file === undefined ? undefined : readSeen(file);
  if (seen !== undefined) health.recall(seen.failed);
  const { large: wants = (_, all) => all === true }: Pick<BootVaultOptions, 'large'> = options;
  const large = (name: string): boolean => wants(name, settings.large);
  const kept = options.lastKnownGood ?? fromVariable(env.WAXSEAL_LAST_KNOWN_GOOD);
  try {
    const booted = await vault.boot({ signal, floor, pin, seen, large });
    await Promise.all([
      file === undefined || booted.seen === undefined
        ? undefined
        : writeSeen(file, { ...booted.seen, failed: health.failures() }, seen),
      kept === undefined || booted.sealed === undefined || pin !== undefined
        ? undefined
        : keepRelease(kept, vault.path, booted.sealed),
    ]);
    return { ...booted, fromLastKnownGood: false };
  } catch (error) {
    // Only when nobody answers: what is denied, forged or too old stays so.
    if (
      kept === undefined ||
      pin !== undefined ||
      !isWaxsealError(error, 'unreachable', 'timeout', 'throttled')
    ) {
      throw error;
    }
    try {
      const last = await bootLastKnownGood(kept, vault, { signal, floor, seen, large });
      return { ...last, fromLastKnownGood: true };
    } catch (cause) {
      if (!isWaxsealError(cause)) throw cause;
      throw new WaxsealError(error.code, `${error.message}; ${cause.message}`, {
        hint: cause.hint ?? error.hint,
        cause: new AggregateError([error, cause]),
        region: error.region,
      });
    }
  }
}

/** What is said where a replica answered in home's place. */
export function answeredElsewhere(
  vault: string,
  home: string | undefined,
  { region, release, publishedAt = 0 }: Booted,
): string {
  const what =
    release === undefined ? '' : `: release ${release}, published ${new Date(publishedAt).toISOString()}`;
  return `${vault} was answered by ${region}, ${home} did not${what}`;
}

/** The caller's own observer and the explainer's. */
export function bothTold(
  observe: Observe | undefined,
  explainer: Explainer | undefined,
): Observe | undefined {
  if (observe === undefined || explainer === undefined) return observe ?? explainer?.observe;
  return (call) => {
    explainer.observe(call);
    observe(call);
  };
}

function fromVariable(file: string | undefined): LastKnownGood | undefined {
  return file === undefined || file === '' ? undefined : { file };
}
