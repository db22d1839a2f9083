/** The package as npm would publish it: packed once, without running any script. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll } from 'vitest';

/** The checkout. */
export const ROOT: string = join(import.meta.dirname, '..', '..');
/** The Node that the checkout brings along. */
export const NODE: string = join(ROOT, 'node_modules', '.bin', 'node');
/** An environment whose `node` is the checkout's. */
export const ENV: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [join(ROOT, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter),
};

/** A packed tarball, and what npm says about it. */
export interface Packed {
  readonly tarball: string;
  readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[];
  readonly size: number;
  readonly unpackedSize: number;
}

/** A temporary folder that is removed when the file's tests are over. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'waxseal-package-')));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Packs the checkout as it is built now. */
export function pack(into: string): Packed {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', into];
  const told: unknown = JSON.parse(execFileSync('npm', args, { cwd: ROOT, env: ENV, encoding: 'utf8' }));
  // A list in npm up to 11, an object by package name in some later ones.
  const [info] = Object.values(told as object) as (Packed & { readonly filename: string })[];
  if (info === undefined) throw new Error('npm pack said nothing');
  return { ...info, tarball: join(into, info.filename) };
}
