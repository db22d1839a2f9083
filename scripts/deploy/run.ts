/** Deploys, compares or destroys the stack of waxseal.json: synth, look, plan, guard, ask, apply that very plan. */
import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { WaxsealError } from '../../src/errors.ts';
import { applyPlan } from './apply.ts';
import { checkBreakGlass, checkCaller } from './caller.ts';
import { findExisting, type KnownResources } from './existing.ts';
import { deletesKeys, guardDestroy, guardPlan, isGuarded, isKey, type Refusal } from './guard.ts';
import { describe, managed, type PlanJson, type StateJson, type StateResource } from './plan-json.ts';
import { countInState, mendState, stateFileOf } from './state-file.ts';
import { NO_CHANGES, summarize } from './summary.ts';
import { synthesize } from './synth.ts';
import type { Target } from './target.ts';
import { findTerraform, type Terraform, terraformIn } from './terraform.ts';

/** What is to be done. */
export interface RunOptions {
  readonly action: 'deploy' | 'diff' | 'destroy';
  readonly yes: boolean;
  readonly moveAlias: boolean;
  readonly enableKeys: boolean;
  /** Whether differences are an exit status, 5. */
  readonly exitCode: boolean;
}

const PLAN = 'waxseal.tfplan';
const IMPORTS = 'imports.tf.json';

/** @returns the exit status. @throws WaxsealError, of which `key_guarded` is the guard's */
export async function runStack(target: Target, options: RunOptions): Promise<number> {
  const { config } = target.file;
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const env = {
    ...process.env,
    ...(target.endpoint === undefined ? {} : { WAXSEAL_ENDPOINT: target.endpoint }),
  };
  const program = findTerraform(env);
  say(`${options.action} to ${target.which}, by ${program}`);
  const reach = { endpoint: target.endpoint };
  const caller = await checkCaller(config, reach, options.action !== 'diff');
  say(`as ${caller}`);

  const synthesized = synthesize(env);
  if ('said' in synthesized) {
    process.stderr.write(synthesized.said);
    return synthesized.status;
  }
  const folder = resolve(synthesized.stacks[0] ?? '');
  const dataDir = target.endpoint === undefined ? '.terraform' : '.terraform-local';
  const terraform = terraformIn(folder, program, env, dataDir);
  rmSync(join(folder, IMPORTS), { force: true });
  const stateFile = stateFileOf(folder);
  const mended = stateFile === undefined ? undefined : mendState(stateFile);
  if (mended !== undefined) say(mended);
  try {
    await initialize(terraform, say);
    const resources = managed(await readState(terraform));
    checkMoved(target, resources);
    if (options.action === 'destroy') refuse(guardDestroy(resources));
    else {
      const existing = await findExisting(config, knownOf(resources), reach);
      refuse(existing.refusals);
      await keepTainted(terraform, resources, options.action, say);
      if (existing.imports.length > 0) {
        writeFileSync(join(folder, IMPORTS), JSON.stringify({ import: existing.imports }));
      }
    }
    const plan = await makePlan(terraform, options.action === 'destroy', say);
    refuse(guardPlan(plan, { ...options, vaults: Object.keys(config.vaults) }));
    if (deletesKeys(plan) && target.endpoint === undefined && options.action !== 'diff') {
      checkBreakGlass(caller, config);
    }
    return await carryOut(terraform, plan, resources, target, options, say);
  } finally {
    // The plan holds the state, the imports are done or were not wanted.
    for (const file of [PLAN, IMPORTS]) rmSync(join(folder, file), { force: true });
  }
}

/** What the state has, for the look at what is there already. */
function knownOf(resources: readonly StateResource[]): KnownResources {
  return new Map(resources.map(({ address, values }) => [address, values.key_id ?? undefined]));
}

async function carryOut(
  terraform: Terraform,
  plan: PlanJson,
  before: readonly StateResource[],
  target: Target,
  options: RunOptions,
  say: (line: string) => void,
): Promise<number> {
  const lines = summarize(plan);
  if (lines.length === 0) {
    process.stdout.write(`${NO_CHANGES}\n`);
    return 0;
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  if (options.action === 'diff') return options.exitCode ? 5 : 0;
  if (!options.yes && !target.isEmbedded) await ask(options.action);

  const changes = (plan.resource_changes ?? []).filter(
    ({ change: { actions, importing } }) =>
      importing !== undefined || actions.some((action) => ['create', 'update', 'delete'].includes(action)),
  );
  const words = new Map([
    ...before.map(({ address, type, name, values }): [string, string] => [
      address,
      describe(type, name, values),
    ]),
    ...changes.map(({ address, type, name, change }): [string, string] => [
      address,
      describe(type, name, change.after ?? change.before),
    ]),
  ]);
  const applied = changes.filter(({ change: { actions } }) => !actions.includes('no-op'));
  await applyPlan(terraform, PLAN, applied.length, words, say);
  sayWhatIsPending(plan, say);
  sayWhatNext(target, options, before.length === 0, say);
  return 0;
}

async function initialize(terraform: Terraform, say: (line: string) => void): Promise<void> {
  say(`${terraform.program} init`);
  const { status, stdout, stderr } = await terraform.run(['init', '-input=false', '-no-color']);
  if (status === 0) return;
  const said = `${stdout}${stderr}`;
  throw new WaxsealError('command_failed', `${terraform.program} init failed:\n${said.trim()}`, {
    hint: said.includes('Backend configuration changed')
      ? `"state" of waxseal.json changed: take the state along with "${terraform.program} init -migrate-state" in the stack's folder`
      : 'the message above says why; without a network see docs/OPERATIONS.md, "Without the registry"',
  });
}

async function readState(terraform: Terraform): Promise<StateJson> {
  const { status, stdout, stderr } = await terraform.run(['show', '-json', '-no-color']);
  if (status !== 0) {
    throw new WaxsealError('command_failed', `the state cannot be read:\n${stderr.trim()}`, {
      hint: 'check "state" in waxseal.json and the right to read its bucket',
    });
  }
  return JSON.parse(stdout) as StateJson;
}

/**
 * A key whose making was cut off is there, and Terraform marks it to be made anew; what it lacks can be given to it in
 * place, so the mark is taken off.
 * @throws WaxsealError `conflict` when nothing may be changed
 */
async function keepTainted(
  terraform: Terraform,
  resources: readonly StateResource[],
  action: RunOptions['action'],
  say: (line: string) => void,
): Promise<void> {
  const tainted = resources.filter((resource) => resource.tainted === true && isGuarded(resource.type));
  if (tainted.length === 0) return;
  const words = tainted.map(({ type, name, values }) => describe(type, name, values)).join(', ');
  if (action === 'diff') {
    throw new WaxsealError('conflict', `a deploy was cut off while it made the ${words}`, {
      hint: 'deploy again: it goes on where it stopped',
    });
  }
  say(`going on with the ${words}, whose making was cut off`);
  for (const { address } of tainted) {
    const { status, stderr } = await terraform.run(['untaint', '-no-color', address]);
    if (status !== 0) {
      throw new WaxsealError(
        'command_failed',
        `${terraform.program} untaint ${address} failed:\n${stderr.trim()}`,
      );
    }
  }
}

/** An empty bucket beside a file full of state would make every key anew. */
function checkMoved({ file, endpoint }: Target, resources: readonly StateResource[]): void {
  const local = 'terraform.waxseal.tfstate';
  const isEmptyBucket = endpoint === undefined && file.config.state !== undefined && resources.length === 0;
  if (!isEmptyBucket || countInState(local) === 0) return;
  throw new WaxsealError('conflict', `the state in ${file.config.state?.bucket} is empty, ${local} is not`, {
    hint: `take it along: terraform -chdir=cdktf.out/stacks/waxseal state push ../../../${local}; then remove the file`,
  });
}

async function makePlan(
  terraform: Terraform,
  destroy: boolean,
  say: (line: string) => void,
): Promise<PlanJson> {
  say(`${terraform.program} plan`);
  const args = ['plan', '-input=false', '-no-color', `-out=${PLAN}`, ...(destroy ? ['-destroy'] : [])];
  const made = await terraform.run(args);
  if (made.status !== 0) {
    const lock = /Lock Info:[\s\S]*?ID:\s+(\S+)/.exec(made.stderr)?.[1];
    throw new WaxsealError('command_failed', `${terraform.program} plan failed:\n${made.stderr.trim()}`, {
      hint:
        lock === undefined
          ? 'nothing was changed; mend what it says and run it again'
          : `somebody deploys now, or a deploy was killed: if it is gone, ${terraform.program} force-unlock ${lock} in the stack's folder`,
    });
  }
  const shown = await terraform.run(['show', '-json', '-no-color', PLAN]);
  if (shown.status === 0) return JSON.parse(shown.stdout) as PlanJson;
  throw new WaxsealError('command_failed', `the plan cannot be read:\n${shown.stderr.trim()}`);
}

/** @throws WaxsealError `key_guarded` */
function refuse(refusals: readonly Refusal[]): void {
  if (refusals.length === 0) return;
  const hints = [...new Set(refusals.map(({ hint }) => hint))];
  throw new WaxsealError(
    'key_guarded',
    `refused, nothing was changed:\n${refusals.map(({ what }) => `  ${what}`).join('\n')}`,
    { hint: hints.join('\n      ') },
  );
}

async function ask(action: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new WaxsealError('no_terminal', `nobody can be asked whether to ${action}`, {
      hint: `npm run ${action} -- --yes`,
    });
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${action}? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new WaxsealError('cancelled', 'nothing was changed');
  } finally {
    lines.close();
  }
}

/** To Terraform a key that is scheduled for deletion is deleted; to KMS it can still be had back. */
function sayWhatIsPending(plan: PlanJson, say: (line: string) => void): void {
  for (const { type, name, change } of plan.resource_changes ?? []) {
    if (!isKey(type) || !change.actions.includes('delete') || change.before === null) continue;
    const { key_id: id, region, deletion_window_in_days: days } = change.before;
    say(`the ${describe(type, name, change.before)} ${id} is deleted in ${days} days; until then:`);
    say(`  aws kms cancel-key-deletion --key-id ${id} --region ${region}`);
  }
}

function sayWhatNext(
  { file }: Target,
  { action }: RunOptions,
  first: boolean,
  say: (line: string) => void,
): void {
  if (action !== 'deploy') return;
  const { email } = file.config.alarms;
  if (first && email.length > 0)
    say(`each of ${email.join(', ')} gets an e-mail for each region, to be confirmed`);
  say('next: npx waxseal doctor, npx waxseal set NAME');
}
