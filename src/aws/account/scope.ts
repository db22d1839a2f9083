/** What every check works with: the vault as it is meant, clients, and calls that always end. */
import { checkConfig, planVault, type Settings, type VaultPlan } from '../../config/index.ts';
import { WaxsealError } from '../../errors.ts';
import { fromAws } from '../errors.ts';
import type { Observe } from '../observe.ts';
import { type AccountClients, createAccountClients } from './clients.ts';

/** What a call came to. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: WaxsealError };

/** Who the credentials belong to. */
export interface CallerIdentity {
  readonly arn: string;
  /** 12 digits. */
  readonly account: string;
}

/** An examination under way. */
export interface Scope {
  readonly settings: Settings;
  /** What the vault should look like. */
  readonly plan: VaultPlan;
  /** Days between rotations that waxseal.json asks for; undefined where it does not name the vault. */
  readonly rotationDays: number | undefined;
  readonly clients: AccountClients;
  /** Fires when the examination is to stop. */
  readonly signal: AbortSignal;
  /** How long one call may take, in ms. */
  readonly timeout: number;
}

/** How an account is looked at, where it is no examination of all of it. */
export interface LookOptions {
  readonly signal: AbortSignal;
  /** Told of each call. */
  readonly observe?: Observe | undefined;
}

/** In ms: what one call of such a look may take. */
const LOOK_TIMEOUT = 5_000;

/** A region that answers, and who asks. */
export interface Place {
  readonly region: string;
  /** Undefined where STS could not be asked. */
  readonly caller: CallerIdentity | undefined;
}

/** The vault as it is meant: as waxseal.json has it, or with nothing but the regions that variables name. */
export function plannedVault(settings: Settings): Pick<Scope, 'plan' | 'rotationDays'> {
  const { vault, file } = settings;
  const [home, ...replicas] = settings.regions;
  const known = file?.config.vaults[vault];
  if (file !== undefined && known !== undefined) {
    const owner = known.sharesKeyWith === undefined ? known : file.config.vaults[known.sharesKeyWith];
    return {
      plan: planVault(vault, { ...known, home, replicas }, file.config),
      rotationDays: owner?.rotationDays,
    };
  }
  const checked = checkConfig({ vaults: { [vault]: { home, replicas } } });
  const named = 'config' in checked ? checked.config.vaults[vault] : undefined;
  if (!('config' in checked) || named === undefined) {
    const why = 'problem' in checked ? checked.problem.message : 'it cannot be planned';
    throw new WaxsealError('config_invalid', `vault ${vault}: ${why}`, { hint: 'check WAXSEAL_REGIONS' });
  }
  return { plan: planVault(vault, named, checked.config), rotationDays: undefined };
}

/** Looks at an account with clients of its own. @param endpoint - the server that stands in for AWS, if one does */
export async function withScope<T>(
  settings: Settings,
  endpoint: string | undefined,
  { signal, observe }: LookOptions,
  use: (scope: Scope) => Promise<T>,
): Promise<T> {
  const clients = createAccountClients(endpoint, observe);
  try {
    return await use({ settings, ...plannedVault(settings), clients, signal, timeout: LOOK_TIMEOUT });
  } finally {
    clients.destroy();
  }
}

/**
 * Makes one call, which ends in time whatever the other side does.
 * @param action - such as `kms:DescribeKey`
 * @param also - another reason to give it up
 * @throws WaxsealError `cancelled` when the examination is stopped; everything else is an answer
 */
export async function ask<T>(
  scope: Pick<Scope, 'signal' | 'timeout'>,
  action: string,
  region: string,
  send: (abortSignal: AbortSignal) => Promise<T>,
  also?: AbortSignal,
): Promise<Answer<T>> {
  stopWhenCancelled(scope.signal);
  const reasons = [scope.signal, AbortSignal.timeout(scope.timeout), ...(also === undefined ? [] : [also])];
  const signal = AbortSignal.any(reasons);
  try {
    return { ok: true, value: await unlessAborted(send(signal), signal) };
  } catch (error) {
    stopWhenCancelled(scope.signal);
    return { ok: false, error: fromAws(error, { action, region }, signal) };
  }
}

/** @throws WaxsealError `cancelled` */
export function stopWhenCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new WaxsealError('cancelled', 'stopped', { cause: signal.reason });
}

/** Looking for credentials does not heed a signal: it may wait for a program, or for the network. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** The name that AWS or the system gave to an error. */
export function nameOf(error: WaxsealError): string {
  const cause = error.cause as Partial<Error & { code: string }> | undefined;
  return cause?.code ?? cause?.name ?? '';
}
