import { expect } from 'vitest';
import type { Written, WrittenVault } from './arbitrary.ts';
import type { Block, Synthesized } from './synth.ts';

/** Resources that AWS lets one tag. */
const TAGGABLE = [
  'aws_kms_key',
  'aws_kms_replica_key',
  'aws_ssm_parameter',
  'aws_iam_policy',
  'aws_iam_role',
  'aws_cloudwatch_event_rule',
  'aws_sns_topic',
];
const GLOBAL = ['aws_iam_policy', 'aws_iam_role', 'aws_iam_role_policy_attachment'];
const LEVELS = ['reader', 'writer', 'admin', 'auditor'];

/** That a stack has what a waxseal.json asks for, and nothing besides. */
export function expectComplete(file: Written, stack: Synthesized): void {
  const wanted = Object.entries(file.vaults).map(([path, vault]) => expectVault(path, vault, file, stack));
  const regions = [...new Set(Object.values(file.vaults).flatMap(regionsOf))].sort();
  expectAlarms(file, regions, stack);
  const trusted = (file.breakGlass?.trustedBy ?? []).length > 0;
  const made = sum(wanted) + regions.length * (2 + (file.alarms?.email ?? []).length) + (trusted ? 3 : 1);
  // Nothing else was made: so nothing stands in a region that is not a vault's.
  const all = Object.entries(stack.resource).flatMap(([type, blocks]) =>
    Object.values(blocks).map((block) => ({ type, block })),
  );
  expect(all).toHaveLength(made);
  for (const { type, block } of all) {
    expect(regions.includes(String(block.region))).toBe(!GLOBAL.includes(type));
    if (TAGGABLE.includes(type))
      expect(Object.keys(tagsOf(block))).toEqual(expect.arrayContaining(Object.keys(file.tags ?? {})));
    else expect(block.tags).toBeUndefined();
  }
  expectPolicies(stack);
}

/** How many resources the vault has; each was looked at. */
function expectVault(path: string, vault: WrittenVault, file: Written, stack: Synthesized): number {
  const regions = regionsOf(vault);
  const owned = vault.keyId === undefined && vault.sharesKeyWith === undefined;
  const tags = { ...file.tags, ...vault.tags, 'waxseal:vault': path };
  const keys = keysOf(path, stack);
  expect([...keys.keys()].sort()).toEqual(owned ? regions : []);
  for (const [region, { block, primary }] of keys) {
    const retired =
      vault.retired === true || (Array.isArray(vault.retired) && vault.retired.includes(region));
    expect(primary).toBe(region === (vault.primary ?? vault.home));
    expect(block.tags).toEqual({ ...tags, ...(retired ? { 'waxseal:retired': 'true' } : {}) });
    expect(block.lifecycle).toEqual({ prevent_destroy: !retired });
    expect(block.deletion_window_in_days).toBe(vault.deletionWindowDays ?? 30);
  }
  expect(new Set([...keys.values()].map(({ block }) => block.policy)).size).toBe(owned ? 1 : 0);
  const behind = owned ? keys : keysOf(vault.sharesKeyWith ?? '', stack);
  for (const region of regions) expectRegion(path, vault, region, behind.get(region)?.address, stack);

  const named = (type: string): readonly Block[] =>
    stack.of(type).filter((block) => tagsOf(block)['waxseal:vault'] === path);
  expect(named('aws_iam_policy')).toHaveLength(LEVELS.length);
  expect(named('aws_cloudwatch_event_rule')).toHaveLength(regions.length);
  for (const type of ['aws_iam_policy', 'aws_iam_role', 'aws_cloudwatch_event_rule']) {
    for (const block of named(type)) expect(block.tags).toEqual(tags);
  }
  const roles = Object.values(vault.roles ?? {}).filter((trusted) => trusted.length > 0);
  expect(named('aws_iam_role')).toHaveLength(roles.length);
  // Keys, aliases, descriptors, rules, targets; policies; roles with their attachments.
  return keys.size + 4 * regions.length + LEVELS.length + 2 * roles.length;
}

function expectRegion(
  path: string,
  vault: WrittenVault,
  region: string,
  key: string | undefined,
  stack: Synthesized,
): void {
  const only = (type: string, name: string): Block | undefined => {
    const found = stack.of(type).filter((block) => block.region === region && block.name === name);
    expect(found).toHaveLength(1);
    return found[0];
  };
  const adopted = Object.values(stack.data.aws_kms_key ?? {}).filter(
    (block) => block.region === region && block.key_id === vault.keyId,
  );
  if (vault.keyId === undefined) expect(key).toMatch(/^aws_kms_(replica_)?key\./);
  else expect(adopted.length).toBeGreaterThan(0);
  expect(only('aws_kms_alias', `alias/waxseal${path}`)?.target_key_id).toBe(
    vault.keyId ?? `\${${key}.key_id}`,
  );
  const descriptor = only('aws_ssm_parameter', `${path}/.waxseal/vault`);
  expect(tagsOf(descriptor)['waxseal:vault']).toBe(path);
  expect(JSON.parse(String(descriptor?.value))).toMatchObject({ wx: 1, vault: path, home: vault.home });
}

function expectAlarms(file: Written, regions: readonly string[], stack: Synthesized): void {
  const topics = stack.resource.aws_sns_topic ?? {};
  expect(
    Object.values(topics)
      .map(({ region }) => region)
      .sort(),
  ).toEqual(regions);
  for (const [name, { region }] of Object.entries(topics)) {
    const arn = `\${aws_sns_topic.${name}.arn}`;
    const at = (type: string): readonly Block[] => stack.of(type).filter((block) => block.region === region);
    expect(at('aws_sns_topic_policy').map((block) => block.arn)).toEqual([arn]);
    const told = at('aws_sns_topic_subscription');
    expect(told.map(({ endpoint }) => endpoint).sort()).toEqual([...(file.alarms?.email ?? [])].sort());
    for (const one of told) expect([one.topic_arn, one.protocol]).toEqual([arn, 'email']);
    const rules = Object.entries(stack.resource.aws_cloudwatch_event_rule ?? {}).filter(
      ([, block]) => block.region === region,
    );
    expect(
      at('aws_cloudwatch_event_target')
        .map((block) => [block.rule, block.arn])
        .sort(),
    ).toEqual(rules.map(([rule]) => [`\${aws_cloudwatch_event_rule.${rule}.name}`, arn]).sort());
    for (const [, rule] of rules) expectPattern(rule);
  }
}

function expectPattern(rule: Block): void {
  const pattern = JSON.parse(String(rule.event_pattern)) as { detail: { resources: { ARN: string[] } } };
  const { ARN } = pattern.detail.resources;
  const path = tagsOf(rule)['waxseal:vault'];
  expect(ARN.at(-1)).toMatch(new RegExp(`:kms:${rule.region}:.*:alias/waxseal${path}$`));
  // EventBridge takes 2,048 characters.
  expect(String(rule.event_pattern).length).toBeLessThanOrEqual(2048);
}

function expectPolicies(stack: Synthesized): void {
  for (const { policy } of [...stack.of('aws_kms_key'), ...stack.of('aws_kms_replica_key')]) {
    expect(Buffer.byteLength(String(policy))).toBeLessThanOrEqual(32_768);
  }
  // IAM takes 6,144 characters, not counting white space.
  for (const { policy } of stack.of('aws_iam_policy'))
    expect(String(policy).length).toBeLessThanOrEqual(6144);
  for (const action of actionsOf(stack)) expect(action).not.toMatch(/^(\*|[a-z]+:\*)$/);
  // "Names are not distinguished by case."
  for (const type of ['aws_iam_policy', 'aws_iam_role']) {
    const names = stack.of(type).map(({ name }) => String(name).toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  }
  const rules = stack.of('aws_cloudwatch_event_rule').map(({ region, name }) => `${region} ${name}`);
  expect(new Set(rules).size).toBe(rules.length);
  for (const type of ['aws_iam_policy', 'aws_iam_role', 'aws_cloudwatch_event_rule']) {
    for (const { name } of stack.of(type)) expect(name).toMatch(/^[A-Za-z0-9+=,.@_-]{1,64}$/);
  }
}

/** What any policy of a stack allows or denies. */
function actionsOf(stack: Synthesized): readonly string[] {
  return Object.values(stack.resource)
    .flatMap((blocks) => Object.values(blocks))
    .flatMap(({ policy, assume_role_policy }) => [policy, assume_role_policy])
    .filter((text) => text !== undefined)
    .flatMap((text) => (JSON.parse(String(text)) as { Statement: { Action: string | string[] }[] }).Statement)
    .flatMap(({ Action }) => Action);
}

interface FoundKey {
  readonly address: string;
  readonly primary: boolean;
  readonly block: Block;
}

/** The keys that were made for a vault, by region. */
function keysOf(path: string, stack: Synthesized): ReadonlyMap<string, FoundKey> {
  const found = ['aws_kms_key', 'aws_kms_replica_key'].flatMap((type) =>
    Object.entries(stack.resource[type] ?? {})
      .filter(([, block]) => tagsOf(block)['waxseal:vault'] === path)
      .map(([name, block]): [string, FoundKey] => [
        String(block.region),
        { address: `${type}.${name}`, primary: type === 'aws_kms_key', block },
      ]),
  );
  expect(new Set(found.map(([region]) => region)).size).toBe(found.length);
  return new Map(found);
}

function tagsOf(block: Block | undefined): Readonly<Record<string, string>> {
  return (block?.tags ?? {}) as Record<string, string>;
}

function regionsOf({ home, replicas }: WrittenVault): string[] {
  return [home, ...replicas].sort();
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
