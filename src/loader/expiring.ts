/** What a start says and does about secrets that expire. Loaded only by a start that has one which does. */
import type { ExpiredRule } from '../config/settings.ts';
import { WaxsealError } from '../errors.ts';
import { expiryState, expiryWords } from '../vault/expiry.ts';

/** A loaded secret with an expiry. Nothing of the value. */
export interface Lease {
  readonly vault: string;
  /** The secret's own name. */
  readonly name: string;
  /** In ms since 1970. */
  readonly expiresAt: number;
}

/** A secret that has expired or soon will. */
export interface ExpiringSecret extends Lease {
  /** Whether it has, by this machine's clock. */
  readonly expired: boolean;
}

/** What is to be done about them. */
export interface ExpiryRules {
  readonly rule: ExpiredRule;
  readonly onExpiring?: ((secrets: readonly ExpiringSecret[]) => void) | undefined;
  /** How long before its expiry a secret is told of, in ms; default 30 days. */
  readonly within?: number | undefined;
  readonly warn: (message: string) => void;
}

const warned = new Set<string>();

/**
 * Tells of what has expired or soon will, and does what the rule says. The same secrets are warned of once.
 * @throws WaxsealError `secret_expired` that names all that have, where the rule is to refuse them
 */
export function watchExpiry(
  leases: readonly Lease[],
  { rule, onExpiring, within, warn }: ExpiryRules,
  now: number = Date.now(),
): void {
  const expiring = expiringOf(leases, now, within);
  if (expiring.length > 0) onExpiring?.(expiring);
  const expired = expiringOf(leases, now, 0);
  if (expired.length === 0 || rule === 'ignore') return;
  const message = described(expired, now);
  if (rule === 'refuse') {
    throw new WaxsealError('secret_expired', message, {
      hint: `by this machine's clock, ${new Date(now).toISOString()}; a new value ends it: waxseal set NAME --expires 90d`,
    });
  }
  // Not by the message: it says how long ago, which is something else each time.
  const key = JSON.stringify(expired);
  if (!warned.has(key)) warn(message);
  warned.add(key);
}

function expiringOf(leases: readonly Lease[], now: number, within?: number): readonly ExpiringSecret[] {
  return leases
    .flatMap(({ vault, name, expiresAt }) => {
      const state = expiryState(expiresAt, now, within);
      return state === undefined ? [] : [{ vault, name, expiresAt, expired: state === 'expired' }];
    })
    .sort((a, b) => a.expiresAt - b.expiresAt);
}

function described(expired: readonly ExpiringSecret[], now: number): string {
  const vaults = [...new Set(expired.map(({ vault }) => vault))];
  const of = (vault: string): string =>
    expired
      .filter((one) => one.vault === vault)
      .map(({ name, expiresAt }) => `${name} ${expiryWords(expiresAt, now)}`)
      .join(', ');
  return vaults.map((vault) => `${vault}: ${of(vault)}`).join('; ');
}
