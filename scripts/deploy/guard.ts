/**
 * The guard in front of every deploy: no key, and nothing without which a vault cannot be opened, goes because a line
 * of waxseal.json is missing or was changed. What may go was deployed as retired before: the state says so by a tag.
 */
import { RETIRED_TAG } from '../../src/config/index.ts';
import {
  describe,
  type PlanJson,
  type ResourceChange,
  type StateResource,
  type Values,
  vaultOf,
} from './plan-json.ts';

/** Something that a deploy must not do, and the way out. */
export interface Refusal {
  readonly what: string;
  readonly hint: string;
}

/** What the person has allowed by name. */
export interface Allowed {
  /** An alias may come to stand before another key. */
  readonly moveAlias: boolean;
  /** A key that is disabled may be enabled again. */
  readonly enableKeys?: boolean;
  /** Vaults that waxseal.json has. */
  readonly vaults?: readonly string[];
}

const KEYS = ['aws_kms_key', 'aws_kms_replica_key'];
const GUARDED = [...KEYS, 'aws_kms_alias', 'aws_ssm_parameter'];

/** Whether a resource is a key. */
export function isKey(type: string): boolean {
  return KEYS.includes(type);
}

/** Whether a plan deletes a key, which the key policy lets the break-glass role alone do. */
export function deletesKeys(plan: PlanJson): boolean {
  return (plan.resource_changes ?? []).some(
    ({ type, change }) => isKey(type) && change.actions.includes('delete'),
  );
}

/** Whether a resource is one that a vault cannot be opened without. */
export function isGuarded(type: string): boolean {
  return GUARDED.includes(type);
}

/** What a plan would do and must not. */
export function guardPlan(plan: PlanJson, allowed: Allowed): readonly Refusal[] {
  const changes = plan.resource_changes ?? [];
  const retired = retiredPlaces([
    ...changes.map(({ type, name, change }) => ({ type, name, values: change.before })),
    ...(plan.resource_drift ?? []).map(({ type, name, change }) => ({ type, name, values: change.before })),
  ]);
  const gone = (plan.resource_drift ?? []).filter(
    ({ type, name, change }) =>
      KEYS.includes(type) && change.actions.includes('delete') && !retired(type, name),
  );
  const lost = changes.filter(
    ({ type, name, change }) => isGuarded(type) && change.actions.includes('delete') && !retired(type, name),
  );
  const drift = new Map((plan.resource_drift ?? []).map((change) => [change.address, change]));
  const moved = changes.filter(
    (change) => !allowed.moveAlias && movesAlias(change) && !putsBack(change, drift.get(change.address)),
  );
  const enabled = changes.filter((change) => allowed.enableKeys !== true && enablesKey(change));
  return [
    ...gone.map(refuseGone),
    ...lost.map((change) => refuseLoss(change, allowed.vaults ?? [])),
    ...moved.map(refuseMove),
    ...enabled.map(refuseEnabling),
  ];
}

/** What of a state may not be destroyed. */
export function guardDestroy(resources: readonly StateResource[]): readonly Refusal[] {
  const retired = retiredPlaces(resources);
  return resources
    .filter(({ type, name }) => isGuarded(type) && !retired(type, name))
    .filter(({ type }) => KEYS.includes(type) || type === 'aws_ssm_parameter')
    .map(({ type, name, values }) => ({
      what: `it would delete the ${describe(type, name, values)}`,
      hint: `give vault ${vaultOf(name) ?? '?'} "retired": true in waxseal.json, deploy that, and destroy then`,
    }));
}

type Placed = { readonly type: string; readonly name: string; readonly values: Values | null };

/** Keys carry the mark themselves; an alias, which has no tags, has its descriptor's, of the same name in the state. */
function retiredPlaces(resources: readonly Placed[]): (type: string, name: string) => boolean {
  const marked = new Set(
    resources
      .filter(({ values }) => values?.tags?.[RETIRED_TAG] === 'true')
      .map(({ type, name }) => `${type}.${name}`),
  );
  return (type, name) => marked.has(`${type === 'aws_kms_alias' ? 'aws_ssm_parameter' : type}.${name}`);
}

function movesAlias({ type, change }: ResourceChange): boolean {
  if (type !== 'aws_kms_alias' || !change.actions.includes('update')) return false;
  return change.before?.target_key_id !== change.after?.target_key_id;
}

/** Somebody moved the alias, and the deploy puts it back to where the state has it. */
function putsBack({ change }: ResourceChange, drift: ResourceChange | undefined): boolean {
  const before = drift?.change.before?.target_key_id;
  return before !== undefined && before === change.after?.target_key_id;
}

function refuseGone({ type, name, change: { before } }: ResourceChange): Refusal {
  const region = before?.region ?? '';
  const id = before?.key_id ?? '';
  return {
    what: `the ${describe(type, name, before)} is gone or pending deletion, and a new one would open nothing`,
    hint: `if it is pending: aws kms cancel-key-deletion --key-id ${id} --region ${region}, then aws kms enable-key --key-id ${id} --region ${region}`,
  };
}

/** Somebody disabled the key, perhaps for a reason. */
function enablesKey({ type, change: { actions, before } }: ResourceChange): boolean {
  return (
    isKey(type) && actions.includes('update') && (before?.is_enabled === false || before?.enabled === false)
  );
}

function refuseEnabling({ type, name, change: { before } }: ResourceChange): Refusal {
  return {
    what: `the ${describe(type, name, before)} is disabled, and would be enabled again`,
    hint: 'find out who disabled it and why; if it is to work again: npm run deploy -- --enable-keys',
  };
}

function refuseLoss({ type, name, change }: ResourceChange, vaults: readonly string[]): Refusal {
  const { before, actions, replace_paths: because = [] } = change;
  const what = describe(type, name, before);
  if (actions.includes('create')) {
    const fields = because.map((path) => path.join('.')).join(', ');
    return {
      what: `it would replace the ${what}${fields === '' ? '' : ` because of ${fields}`}: all that was sealed under it would be lost`,
      hint: `take back what was changed${type === 'aws_kms_key' ? `; where home moved, say "primary": "${before?.region ?? ''}"` : ''}`,
    };
  }
  return { what: `it would delete the ${what}`, hint: wayOut(vaultOf(name), before?.region, vaults) };
}

function refuseMove({ type, name, change: { before, after } }: ResourceChange): Refusal {
  return {
    what: `the ${describe(type, name, before)} would stand before another key, ${after?.target_key_id ?? 'a new one'} in place of ${before?.target_key_id ?? '?'}: nothing that was sealed before would open`,
    hint: 'take back the change of key; if all entries were rewrapped for the new one: npm run deploy -- --move-alias',
  };
}

function wayOut(vault = '<vault>', region?: string | null, vaults: readonly string[] = []): string {
  const what =
    region && vaults.includes(vault)
      ? `put region ${region} of vault ${vault} back, with "retired": ["${region}"] beside "replicas"`
      : `put vault ${vault} back with "retired": true`;
  return `${what}, deploy that, and only then take it out`;
}
