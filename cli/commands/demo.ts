import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { WaxsealError } from '../../src/errors.ts';
import { mergeEnvironment, toVariables } from '../../src/loader/index.ts';
import { openVault } from '../../src/open-vault.ts';
import { type CommandContext, type CommonOptions, say, write } from '../context.ts';
import { explained } from '../explain.ts';
import { toShellExports } from '../formats/index.ts';
import { announce, type Session } from '../session.ts';
import { hasTerminal, showApp } from './app.ts';
import { embeddedProject } from './local-project.ts';

/** The secret that the walk without a terminal adds. */
const NAME = 'DEMO_TOKEN';

/** `waxseal demo`: always on an embedded AWS, never on an account. */
export async function run(
  context: CommandContext,
  _args: readonly string[],
  options: CommonOptions,
): Promise<number | undefined> {
  const project = await embeddedProject(context);
  const variables = project === undefined ? demoVariables(context) : new Map<string, string>();
  const cwd = project?.folder ?? '/';
  const env = Object.fromEntries(variables);
  const status = await explained(context, options, async (explainer) => {
    const open = await openVault({ env, cwd, create: true, observe: explainer?.observe });
    try {
      explainer?.opened(open);
      if (!hasTerminal(context)) return await walk(context, options, { ...open, explainer });
      await showApp(context, open);
      return undefined;
    } finally {
      await open.close();
    }
  });
  if (status === undefined && variables.size > 0) {
    say(context, options, 'the demo vault stays; to use it from a shell:');
    await write(context, toShellExports(variables));
  }
  return status;
}

/** Away from any project the demo has a vault of its own, in the user's state folder. */
function demoVariables({ env }: CommandContext): ReadonlyMap<string, string> {
  const state = env.XDG_STATE_HOME ?? join(env.HOME ?? homedir(), '.local', 'state');
  return new Map([
    ['WAXSEAL_VAULT', '/acme/dev'],
    ['WAXSEAL_REGIONS', 'us-east-1,eu-west-1'],
    ['WAXSEAL_EMBEDDED', join(state, 'waxseal', 'demo')],
  ]);
}

/** The main job as text: add, list, read from every region by name, start a process with it. */
async function walk(context: CommandContext, options: CommonOptions, open: Session): Promise<number> {
  const { vault, explainer } = open;
  announce(context, options, open);
  const value = randomBytes(24).toString('base64url');
  const { revision } = await vault.set(NAME, Buffer.from(value), { signal: context.signal });
  await write(context, `set   ${NAME} revision ${revision}, sealed before it left this process\n`);

  const listing = await vault.list({ signal: context.signal });
  for (const secret of listing.secrets.filter(({ deleted }) => !deleted)) {
    const copies = vault.regions.map((region) => `${region} ${secret.copies[region]}`).join(', ');
    await write(context, `list  ${secret.name} revision ${secret.revision}: ${copies}\n`);
  }

  for (const region of vault.regions) {
    const read = await vault.get(NAME, { region, signal: context.signal });
    expectSame(value, Buffer.from(read.value).toString(), `${region} gave another value`);
    await write(context, `get   ${NAME} from ${region}: revision ${read.revision}, the same value\n`);
  }

  // Its own alone: what else the vault holds may be binary, or not meant for a process.
  const { release } = await vault.publish({ signal: context.signal });
  explainer?.release(release);
  const { secrets: loaded } = await vault.boot({ signal: context.signal });
  const variables = toVariables(new Map([...loaded].filter(([name]) => name === NAME)));
  const { env } = mergeEnvironment(context.env, variables, true);
  const { pid, seen } = await digestInChild(env);
  expectSame(createHash('sha256').update(value).digest('hex'), seen, 'the child process found another value');
  await write(context, `exec  process ${pid} found ${NAME} in its environment: the same value\n`);
  return 0;
}

function expectSame(expected: string, actual: string, otherwise: string): void {
  if (actual !== expected) throw new WaxsealError('decrypt_failed', otherwise);
}

/** A child process says the digest of what it found, so that no value crosses a pipe. */
function digestInChild(env: Readonly<Record<string, string>>): Promise<{ pid: number; seen: string }> {
  const script = `process.stdout.write(require('node:crypto').createHash('sha256').update(process.env.${NAME} ?? '').digest('hex'))`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let seen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
    });
    child.once('error', reject);
    child.once('close', () => resolve({ pid: child.pid ?? 0, seen }));
  });
}
