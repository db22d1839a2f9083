/** A folder with a waxseal.json that is deployed by the repository's own scripts, for real Terraform. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, NODE, ROOT, type Running, type Sandbox, sandbox } from '../../e2e/support/sandbox.ts';

const DEPLOY = join(ROOT, 'scripts', 'deploy.ts');

/** Why nothing can be deployed here; undefined where it can. */
export function whyNot(): string | undefined {
  const { TF_CLI_CONFIG_FILE: file, TERRAFORM_BINARY_NAME: named } = process.env;
  const program = named ?? 'terraform';
  if (spawnSync(program, ['version'], { stdio: 'ignore' }).status !== 0) return `${program} cannot be run`;
  return file === undefined || !existsSync(file)
    ? 'TF_CLI_CONFIG_FILE names no file that says where the provider comes from'
    : undefined;
}

/** The project. */
export interface Project {
  readonly box: Sandbox;
  /** What waxseal.json says; written by `change`. */
  change(edit: (config: Written) => void): void;
  /** Runs `npm run <action>:local` to its end. */
  deploy(action: 'deploy' | 'diff' | 'destroy', ...args: readonly string[]): Promise<Ended>;
  start(action: 'deploy' | 'diff' | 'destroy'): Running;
  waxseal(args: readonly string[], input?: string): Promise<Ended>;
  /** The text of Terraform's state and of its backup. */
  state(): string;
}

/** waxseal.json as it is written. */
export interface Written {
  aws: string;
  tags: Record<string, string>;
  vaults: Record<string, WrittenVault>;
  [field: string]: unknown;
}

/** A vault as it is written. */
export interface WrittenVault {
  home: string;
  replicas?: string[];
  [field: string]: unknown;
}

/** Makes one; gone with the test. */
export function project(): Project {
  const config: Written = {
    aws: 'embedded',
    tags: { team: 'payments' },
    vaults: {
      '/acme/prod': { home: 'us-east-1', replicas: ['eu-west-1'] },
      '/acme/jobs': { home: 'us-east-1', sharesKeyWith: '/acme/prod' },
    },
  };
  const box = sandbox(config);
  writeFileSync(
    join(box.cwd, 'cdktf.json'),
    JSON.stringify({ language: 'typescript', app: `node ${join(ROOT, 'main.ts')}`, projectId: 'test' }),
  );
  const env = { TF_CLI_CONFIG_FILE: process.env.TF_CLI_CONFIG_FILE, WAXSEAL_VAULT: '/acme/prod' };
  const start: Project['start'] = (action) =>
    box.start(NODE, [DEPLOY, action, '--local'], { env, patience: 120_000 });
  return {
    box,
    start,
    change(edit) {
      edit(config);
      writeFileSync(join(box.cwd, 'waxseal.json'), JSON.stringify(config, undefined, 2));
    },
    deploy: (action, ...args) =>
      box.start(NODE, [DEPLOY, action, '--local', ...args], { env, patience: 120_000 }).ended,
    waxseal: (args, input = '') => box.waxseal(args, { env, input }),
    state: () =>
      ['terraform.tfstate', 'terraform.tfstate.backup']
        .map((name) => join(box.cwd, '.waxseal', name))
        .map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : ''))
        .join('\n'),
  };
}
