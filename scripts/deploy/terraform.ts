/** Runs Terraform, or OpenTofu, in the folder of a synthesized stack. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { WaxsealError } from '../../src/errors.ts';

/** How a run ended. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Terraform in one folder. */
export interface Terraform {
  /** The name of the program, for messages. */
  readonly program: string;
  /** Runs it to the end. @param onLine - called for each line of its stdout */
  run(args: readonly string[], onLine?: (line: string) => void): Promise<Ran>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The program: TERRAFORM_BINARY_NAME, as for cdktf itself, else `terraform`, else `tofu`.
 * @throws WaxsealError `not_found`
 */
export function findTerraform(env: Environment): string {
  const named = env.TERRAFORM_BINARY_NAME;
  const candidates = named ? [named] : ['terraform', 'tofu'];
  const found = candidates.find((program) => spawnSync(program, ['version'], { env }).status === 0);
  if (found !== undefined) return found;
  throw new WaxsealError('not_found', `${candidates.join(' and ')} cannot be run`, {
    hint: 'install Terraform (developer.hashicorp.com/terraform/install) or OpenTofu (opentofu.org), or name it by TERRAFORM_BINARY_NAME',
  });
}

/** @param dataDir - its folder for providers and the backend in use, so that two backends never meet in one */
export function terraformIn(folder: string, program: string, env: Environment, dataDir: string): Terraform {
  return {
    program,
    run: (args, onLine) =>
      new Promise((resolve, reject) => {
        const child = spawn(program, args, {
          cwd: folder,
          env: {
            ...env,
            TF_DATA_DIR: dataDir,
            TF_IN_AUTOMATION: '1',
            TF_INPUT: '0',
            CHECKPOINT_DISABLE: '1',
          },
          stdio: ['ignore', 'pipe', 'pipe'],
          // A process group of its own: at a terminal Ctrl-C would reach it twice, once from the terminal and once
          // from here, and the second one makes it leave without writing its state.
          detached: true,
        });
        const out: string[] = [];
        const err: string[] = [];
        let rest = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          out.push(text);
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) onLine?.(line);
        });
        child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
        const release = passSignals(child);
        child.once('error', (error) => {
          release();
          reject(error);
        });
        child.once('close', (status) => {
          release();
          if (rest !== '') onLine?.(rest);
          resolve({ status: status ?? 1, stdout: out.join(''), stderr: err.join('') });
        });
      }),
  };
}

/** The first signal lets it finish what is under way and write its state; a second one is passed on, too. */
function passSignals(child: ChildProcess): () => void {
  const pass = (): void => {
    process.stderr.write('stopping: what is under way is finished and written down first\n');
    child.kill('SIGINT');
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, pass);
  return () => {
    for (const signal of signals) process.off(signal, pass);
  };
}
