import fc from 'fast-check';
import { day } from './support.ts';

export interface Step {
  readonly do:
    | 'create'
    | 'enable'
    | 'disable'
    | 'schedule'
    | 'cancel'
    | 'replicate'
    | 'promote'
    | 'rotate'
    | 'encrypt'
    | 'createAlias'
    | 'updateAlias'
    | 'deleteAlias'
    | 'advance';
  /** The how-manieth key that was made. */
  readonly key: number;
  readonly region: string;
  readonly to: string;
  readonly multi: boolean;
  readonly days: number;
  readonly alias: string;
}

const region = fc.constantFrom('us-east-1', 'us-east-1', 'eu-west-1');
export const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom<Step['do'][]>(
    ...(['create', 'create', 'enable', 'disable', 'schedule', 'schedule', 'cancel', 'cancel'] as const),
    ...(['replicate', 'replicate', 'replicate', 'promote', 'rotate', 'encrypt', 'createAlias'] as const),
    ...(['createAlias', 'updateAlias', 'deleteAlias', 'advance', 'advance'] as const),
  ),
  key: fc.nat({ max: 2 }),
  region,
  to: fc.constantFrom('us-east-1', 'eu-west-1', 'eu-west-1'),
  multi: fc.constantFrom(true, true, true, false),
  days: fc.integer({ min: 7, max: 9 }),
  alias: fc.constantFrom('a', 'b'),
});

interface Copy {
  enabled: boolean;
  readyAt: number;
  deletion?: { readonly window: number; at?: number };
}

interface ModelKey {
  readonly multi: boolean;
  primary: string;
  rotations: number;
  readonly copies: Map<string, Copy>;
}

type State = 'Creating' | 'Enabled' | 'Disabled' | 'PendingDeletion' | 'PendingReplicaDeletion';

/** Keys as "Key states of KMS keys" (KMS developer guide) tells of them. */
export class KeyModel {
  readonly #now: () => number;
  readonly #keys: ModelKey[] = [];
  readonly #aliases = new Map<string, Map<string, number>>();
  constructor(now: () => number) {
    this.#now = now;
  }

  state(key: number, at: string): State | undefined {
    const copy = this.#keys[key]?.copies.get(at);
    if (copy === undefined) return undefined;
    if (copy.deletion !== undefined)
      return copy.deletion.at === undefined ? 'PendingReplicaDeletion' : 'PendingDeletion';
    if (copy.readyAt > this.#now()) return 'Creating';
    return copy.enabled ? 'Enabled' : 'Disabled';
  }

  kind(key: number, at: string): string | undefined {
    const found = this.#keys[key];
    if (found?.multi !== true) return undefined;
    return found.primary === at ? 'PRIMARY' : 'REPLICA';
  }

  /** The aliases of a region, by their full names. */
  aliasesOf(at: string): Map<string, number> {
    const found = this.#aliases.get(at) ?? new Map<string, number>();
    this.#aliases.set(at, found);
    return found;
  }

  /** Deletes what is due; a primary's own waiting period begins with the end of its last replica. */
  advance(): void {
    const now = this.#now();
    for (const [index, key] of this.#keys.entries()) {
      const remove = (at: string): void => {
        key.copies.delete(at);
        for (const [name, target] of this.aliasesOf(at))
          if (target === index) this.aliasesOf(at).delete(name);
      };
      let lastGone = now;
      for (const [at, { deletion }] of [...key.copies])
        if (at !== key.primary && deletion?.at !== undefined && deletion.at <= now) {
          lastGone = deletion.at;
          remove(at);
        }
      const waiting = key.copies.get(key.primary)?.deletion;
      if (waiting === undefined || key.copies.size > 1) continue;
      waiting.at ??= lastGone + waiting.window * day;
      if (waiting.at <= now) remove(key.primary);
    }
  }

  /** What the step answers, `ok` or an error code. */
  apply(step: Step): string {
    if (step.do === 'advance') return 'ok';
    if (step.do === 'create') return this.#create(step);
    const aliases = this.aliasesOf(step.region);
    const name = `alias/${step.alias}`;
    if (step.do === 'deleteAlias') return aliases.delete(name) ? 'ok' : 'NotFoundException';
    if (step.do === 'updateAlias' && !aliases.has(name)) return 'NotFoundException';
    const key = this.#keys[step.key];
    const copy = key?.copies.get(step.region);
    const state = this.state(step.key, step.region);
    if (key === undefined || copy === undefined || state === undefined) return 'NotFoundException';
    const isPrimary = key.primary === step.region;
    const settled = state === 'Enabled' || state === 'Disabled';
    const usable =
      state === 'Enabled' ? 'ok' : state === 'Disabled' ? 'DisabledException' : 'KMSInvalidStateException';
    switch (step.do) {
      case 'encrypt':
        return usable;
      case 'rotate':
        if (!isPrimary) return 'UnsupportedOperationException';
        if (usable !== 'ok') return usable;
        if (key.rotations === 25) return 'LimitExceededException';
        key.rotations += 1;
        return 'ok';
      case 'cancel':
        if (copy.deletion === undefined) return 'KMSInvalidStateException';
        delete copy.deletion;
        copy.enabled = false;
        return 'ok';
      case 'replicate':
      case 'promote':
        if (!key.multi || !isPrimary) return 'UnsupportedOperationException';
        if (!settled) return 'KMSInvalidStateException';
        return step.do === 'replicate' ? this.#replicate(key, step.to) : this.#promote(step, key);
      default:
    }
    if (!settled) return 'KMSInvalidStateException';
    if (step.do === 'enable' || step.do === 'disable') copy.enabled = step.do === 'enable';
    if (step.do === 'schedule')
      copy.deletion = {
        window: step.days,
        ...(isPrimary && key.copies.size > 1 ? {} : { at: this.#now() + step.days * day }),
      };
    if (step.do === 'createAlias' && aliases.has(name)) return 'AlreadyExistsException';
    if (step.do === 'createAlias' || step.do === 'updateAlias') aliases.set(name, step.key);
    return 'ok';
  }

  #create({ region: primary, multi }: Step): string {
    const copies = new Map<string, Copy>([[primary, { enabled: true, readyAt: 0 }]]);
    this.#keys.push({ multi, primary, rotations: 0, copies });
    return 'ok';
  }

  #replicate(key: ModelKey, to: string): string {
    if (key.copies.has(to)) return 'AlreadyExistsException';
    key.copies.set(to, { enabled: true, readyAt: this.#now() + 300 });
    return 'ok';
  }

  #promote({ key: index, to }: Step, key: ModelKey): string {
    const state = this.state(index, to);
    if (state === undefined) return 'NotFoundException';
    if (to === key.primary) return 'ValidationException';
    if (state !== 'Enabled' && state !== 'Disabled') return 'KMSInvalidStateException';
    key.primary = to;
    return 'ok';
  }
}
