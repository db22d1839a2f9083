/** `cdktf synth` in the current folder, without its spinner and log lines. Needs no terraform. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

/** How a synth ended: the folders of the stacks, or what cdktf said. */
export type Synthesized =
  | { readonly status: 0; readonly stacks: readonly string[] }
  | { readonly status: number; readonly said: string };

/** @param env - the process's, with what the app should see besides */
export function synthesize(env: Readonly<Record<string, string | undefined>>): Synthesized {
  const cdktf = createRequire(import.meta.url).resolve('cdktf-cli/bundle/bin/cdktf');
  const run = spawnSync(process.execPath, [cdktf, 'synth'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...env,
      // cdktf.json says "node main.ts": the node that runs this one is known to strip types.
      PATH: [dirname(process.execPath), env.PATH ?? ''].join(delimiter),
      CI: '1',
      CHECKPOINT_DISABLE: '1',
      DISABLE_VERSION_CHECK: '1',
      CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1',
    },
  });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) {
    return { status: run.status ?? 1, said: run.stderr.trim() === '' ? run.stdout : run.stderr };
  }
  const output = (json('cdktf.json') as { readonly output?: string }).output ?? 'cdktf.out';
  const manifest = json(join(output, 'manifest.json')) as {
    readonly stacks: Readonly<Record<string, { readonly workingDirectory: string }>>;
  };
  return {
    status: 0,
    stacks: Object.values(manifest.stacks).map(({ workingDirectory }) => join(output, workingDirectory)),
  };
}

/** A file of JSON. */
export function json(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
