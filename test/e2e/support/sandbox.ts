/** A place of its own for one test: folders, an environment that knows nothing of this machine, and its processes. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createWatch } from './watch.ts';

/** The checkout. */
export const ROOT: string = join(import.meta.dirname, '..', '..', '..');
/** The Node that the checkout brings along: what `npx waxseal` runs under. */
export const NODE: string = join(ROOT, 'node_modules', '.bin', 'node');
/** The built command. */
export const CLI: string = join(ROOT, 'dist', 'cli', 'waxseal.cjs');

/** Nothing here takes that long unless it hangs. */
const PATIENCE = 30_000;

/** A process that has ended, and all that it said. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What came out, byte for byte. */
  readonly stdout: Buffer;
  /** The same as text. */
  readonly out: string;
  readonly err: string;
}

/** A process under way. */
export interface Running {
  readonly pid: number;
  readonly stdin: ChildProcessWithoutNullStreams['stdin'];
  /** Waits until what came out so far satisfies `found`. */
  until(what: string, found: (out: string, err: string) => boolean): Promise<void>;
  /** Sends it a signal, and to nobody that it started. */
  kill(signal: NodeJS.Signals): void;
  /** Ends it, and all that it started. */
  end(): void;
  readonly ended: Promise<Ended>;
}

/** How a process is started. */
export interface StartOptions {
  /** Default: the sandbox's `cwd`. */
  readonly cwd?: string;
  /** On top of the sandbox's own; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What comes through stdin; default nothing at all. */
  readonly input?: string | Uint8Array;
  /** The Node that runs waxseal. */
  readonly node?: string;
  /** After how many ms it is taken to hang; default 30 s. */
  readonly patience?: number;
}

/** The place. */
export interface Sandbox {
  readonly root: string;
  /** Where commands run; holds waxseal.json when one was asked for. */
  readonly cwd: string;
  readonly home: string;
  readonly stateHome: string;
  readonly tmp: string;
  readonly env: Readonly<Record<string, string>>;
  start(file: string, args: readonly string[], options?: StartOptions): Running;
  startWaxseal(args: readonly string[], options?: StartOptions): Running;
  waxseal(args: readonly string[], options?: StartOptions): Promise<Ended>;
  /** A new folder beside `cwd`. */
  folder(name: string): string;
  /** Hands a process or terminal over to be ended with the sandbox. */
  own(end: () => Promise<unknown>): void;
  close(): Promise<void>;
}

/** The project most tests work in: one vault, home and one replica. */
export const PROJECT: object = {
  aws: 'embedded',
  vaults: { '/acme/dev': { home: 'us-east-1', replicas: ['eu-west-1'] } },
};

/** A sandbox that ends with the test. @param project - what waxseal.json says; `null` for no such file */
export function sandbox(project: object | null = PROJECT): Sandbox {
  const box = createSandbox(project);
  onTestFinished(() => box.close());
  return box;
}

/** A sandbox that the caller closes. */
export function createSandbox(project: object | null = PROJECT): Sandbox {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'waxseal-e2e-')));
  const folder = (name: string): string => {
    const path = join(root, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const [cwd, home, stateHome, tmp] = [folder('cwd'), folder('home'), folder('state'), folder('tmp')];
  if (project !== null) writeFileSync(join(cwd, 'waxseal.json'), JSON.stringify(project, undefined, 2));
  const env = {
    PATH: [join(ROOT, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter),
    HOME: home,
    XDG_STATE_HOME: stateHome,
    TMPDIR: tmp,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
  };
  const ends: (() => Promise<unknown>)[] = [];

  const start: Sandbox['start'] = (file, args, options = {}) => {
    const running = startProcess(file, args, {
      cwd: options.cwd ?? cwd,
      env: withoutUnset({ ...env, ...options.env }),
      input: options.input,
      patience: options.patience ?? PATIENCE,
    });
    ends.push(() => {
      running.end();
      return running.ended;
    });
    return running;
  };
  const startWaxseal: Sandbox['startWaxseal'] = (args, options = {}) =>
    start(options.node ?? NODE, [CLI, ...args], options);
  return {
    root,
    cwd,
    home,
    stateHome,
    tmp,
    env,
    folder,
    start,
    startWaxseal,
    waxseal: (args, options) => startWaxseal(args, options).ended,
    own: (end) => void ends.push(end),
    async close() {
      await Promise.allSettled(ends.map((end) => end()));
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** An environment without the variables that are `undefined`. */
export function withoutUnset(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const set = Object.entries(env).filter(
    (variable): variable is [string, string] => variable[1] !== undefined,
  );
  return Object.fromEntries(set);
}

interface ProcessOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input: string | Uint8Array | undefined;
  readonly patience: number;
}

function startProcess(file: string, args: readonly string[], options: ProcessOptions): Running {
  const { cwd, env, input, patience } = options;
  // A process group of its own: what it leaves behind is ended with it.
  const child = spawn(file, args, { cwd, env, stdio: 'pipe', detached: true });
  const told = { out: [] as Buffer[], err: [] as Buffer[] };
  const text = (from: readonly Buffer[]): string => Buffer.concat(from).toString();
  const watch = createWatch(() => `${text(told.out)}\n${text(told.err)}`, patience);
  const hear = (into: Buffer[]) => (chunk: Buffer) => {
    into.push(chunk);
    watch.said();
  };
  child.stdout.on('data', hear(told.out));
  child.stderr.on('data', hear(told.err));
  // A command that ends without reading closes the pipe; its status tells of it.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  let over = false;
  const end = (): void => {
    if (over || child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It ended by itself in this moment.
    }
  };
  const hanging = setTimeout(end, patience);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      clearTimeout(hanging);
      over = true;
      watch.over();
      resolve({ status, signal, stdout: Buffer.concat(told.out), out: text(told.out), err: text(told.err) });
    });
  });
  return {
    pid: child.pid ?? 0,
    stdin: child.stdin,
    ended,
    kill: (signal) => void child.kill(signal),
    end,
    until: (what, found) => watch.until(what, () => found(text(told.out), text(told.err))),
  };
}
