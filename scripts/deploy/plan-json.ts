/** The part of `terraform show -json` that a deploy reads. Source: "JSON Output Format", Terraform internals. */
import { parseLogicalId } from '../../src/constructs/logical-id.ts';

/** What happens to one resource. */
export interface ResourceChange {
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly change: {
    readonly actions: readonly ('no-op' | 'create' | 'read' | 'update' | 'delete' | 'forget')[];
    readonly before: Values | null;
    readonly after: Values | null;
    readonly after_unknown?: Readonly<Record<string, unknown>>;
    /** The attributes that force a replacement. */
    readonly replace_paths?: readonly (readonly (string | number)[])[];
    /** Set when the resource is taken over and not made. */
    readonly importing?: { readonly id?: string };
  };
}

/** A resource's attributes, as far as they matter here. */
export interface Values {
  readonly region?: string | null;
  readonly name?: string | null;
  readonly tags?: Readonly<Record<string, string>> | null;
  readonly key_id?: string | null;
  readonly target_key_id?: string | null;
  readonly [attribute: string]: unknown;
}

/** A saved plan. */
export interface PlanJson {
  readonly resource_changes?: readonly ResourceChange[];
  /** What was found to differ from the state before anything was planned. */
  readonly resource_drift?: readonly ResourceChange[];
}

/** A resource in the state. */
export interface StateResource {
  readonly address: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly name: string;
  readonly values: Values;
  /** Its making was cut off or failed. */
  readonly tainted?: boolean;
}

/** A state. */
export interface StateJson {
  readonly values?: { readonly root_module?: { readonly resources?: readonly StateResource[] } };
}

/** The resources of a state that Terraform made or took over. */
export function managed(state: StateJson): readonly StateResource[] {
  return (state.values?.root_module?.resources ?? []).filter(({ mode }) => mode === 'managed');
}

/** A resource in words. */
export interface Described {
  /** Such as "replica key". */
  readonly what: string;
  readonly vault: string | undefined;
  /** A region, or what tells it from others of its kind. */
  readonly place: string;
}

/** What one resource is. Names are those that the constructs give (logical-id.ts). */
export function describeParts(type: string, name: string, values: Values | null): Described {
  const what = WORDS[type] ?? type;
  const known = parseLogicalId(name);
  const region = values?.region ?? '';
  if (known === undefined) {
    const { endpoint, name: given } = values ?? {};
    const who = typeof endpoint === 'string' ? `${endpoint} ` : '';
    return { what, vault: undefined, place: region === '' ? (given ?? '') : `${who}${region}` };
  }
  // What is not in a region is told apart by the level of access.
  return { what, vault: known.vaultPath, place: region || known.part };
}

/** The same as one phrase, such as "replica key of /acme/dev (eu-west-1)". */
export function describe(type: string, name: string, values: Values | null): string {
  const { what, vault, place } = describeParts(type, name, values);
  return `${what}${vault === undefined ? '' : ` of ${vault}`}${place === '' ? '' : ` (${place})`}`;
}

/** The vault that a resource is part of. */
export function vaultOf(name: string): string | undefined {
  return parseLogicalId(name)?.vaultPath;
}

const WORDS: Readonly<Record<string, string>> = {
  aws_kms_key: 'primary key',
  aws_kms_replica_key: 'replica key',
  aws_kms_alias: 'alias',
  aws_ssm_parameter: 'descriptor',
  aws_iam_policy: 'policy',
  aws_iam_role: 'role',
  aws_iam_role_policy_attachment: 'policy attachment',
  aws_sns_topic: 'alarm topic',
  aws_sns_topic_policy: 'alarm topic policy',
  aws_sns_topic_subscription: 'alarm subscription',
  aws_cloudwatch_event_rule: 'alarm rule',
  aws_cloudwatch_event_target: 'alarm target',
};
