/** `--expires` and `--expiring`, and what commands say of secrets that expire. */
import { expiryWords, readExpiry, type WriteResult } from '../src/vault/index.ts';
import { type CommandContext, type CommonOptions, say } from './context.ts';
import { moment } from './ui/format.ts';

/** An option of what gives a secret a new value. */
export interface ExpiresOption {
  readonly expires?: string;
}

/** When a secret is to expire, in ms since 1970; undefined for never. @throws WaxsealError `usage` */
export function parseExpires({ expires }: ExpiresOption): number | undefined {
  return expires === undefined ? undefined : readExpiry('--expires', expires, Date.now());
}

/** Says when what was written expires, or that it does so no more although nobody asked for that. */
export function sayExpiry(
  context: CommandContext,
  options: CommonOptions & ExpiresOption,
  { name, endedExpiry }: Pick<WriteResult, 'name' | 'endedExpiry'>,
  expiresAt: number | undefined,
): void {
  const now = Date.now();
  if (expiresAt !== undefined)
    say(context, options, `${name} ${expiryWords(expiresAt, now)}, ${moment(expiresAt)}`);
  if (endedExpiry === undefined || options.expires !== undefined) return;
  const was = endedExpiry <= now ? expiryWords(endedExpiry, now) : `was to expire ${moment(endedExpiry)}`;
  say(context, options, `note: ${name} ${was}; with its new value it never does (--expires says when)`);
}

/** Says of an import what {@link sayExpiry} says of one secret. */
export function sayEndedExpiries(
  context: CommandContext,
  options: CommonOptions,
  names: readonly string[],
  planned: boolean,
): void {
  if (names.length === 0) return;
  const how = planned ? 'would expire no more' : names.length === 1 ? 'expires no more' : 'expire no more';
  say(
    context,
    options,
    `note: with a new value ${names.join(', ')} ${how}; waxseal set NAME --expires says when`,
  );
}

/** Warns that a value which is given out has expired. */
export function warnExpired(
  context: CommandContext,
  options: CommonOptions,
  { name, expiresAt }: { readonly name: string; readonly expiresAt?: number | undefined },
): void {
  const now = Date.now();
  if (expiresAt === undefined || expiresAt > now) return;
  say(context, options, `warning: ${name} ${expiryWords(expiresAt, now)}`);
}

/** For `--json`. */
export function expiryJson(expiresAt: number | undefined): { readonly expiresAt?: string } {
  return expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() };
}
