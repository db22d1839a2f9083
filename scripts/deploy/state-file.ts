/** The file of a local state. Terraform writes it in place, so a kill may leave half of it. */
import { copyFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { json } from './synth.ts';

/** The part of a state file that is read here. */
interface StateFile {
  readonly resources?: readonly {
    readonly instances: readonly { readonly attributes?: { readonly region?: string | null } }[];
  }[];
}

/** The file of a synthesized stack's state; undefined where it is elsewhere. */
export function stateFileOf(folder: string): string | undefined {
  const { terraform } = json(join(folder, 'cdk.tf.json')) as {
    readonly terraform: { readonly backend?: { readonly local?: { readonly path?: string } } };
  };
  const path = terraform.backend?.local?.path;
  return path === undefined ? undefined : join(folder, path);
}

/**
 * Puts the backup in the place of a state that is cut off. What was made since is found in AWS (existing.ts).
 * @returns what was done, for a person
 */
export function mendState(file: string): string | undefined {
  if (!existsSync(file) || read(file) !== undefined) return undefined;
  const aside = `${file}.cut-off-${Date.now()}`;
  renameSync(file, aside);
  const backup = `${file}.backup`;
  if (read(backup) === undefined)
    return `the state was cut off by a kill; it is kept as ${aside}, and begins anew`;
  copyFileSync(backup, file);
  return `the state was cut off by a kill; it is kept as ${aside}, and the backup is used`;
}

/** Every region that something of a state is in. */
export function regionsInState(file: string): readonly string[] {
  const { resources = [] } = read(file) ?? {};
  return resources.flatMap(({ instances }) =>
    instances.flatMap(({ attributes }) => (attributes?.region ? [attributes.region] : [])),
  );
}

/** How many resources a state has. */
export function countInState(file: string): number {
  return read(file)?.resources?.length ?? 0;
}

function read(file: string): StateFile | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as StateFile;
  } catch {
    return undefined;
  }
}
