/** Which embedded AWS the project at hand means. */
import { resolve } from 'node:path';
import { type ConfigFile, findConfig, STATE_FOLDER } from '../../src/config/index.ts';
import type { CommandContext } from '../context.ts';

/** The waxseal.json at hand, when it means the embedded AWS. */
export async function embeddedProject(context: CommandContext): Promise<ConfigFile | undefined> {
  const file = await findConfig(context.cwd);
  return file?.config.aws === 'embedded' ? file : undefined;
}

/** The state folder that is meant; undefined for memory. */
export function stateFolder(
  context: CommandContext,
  asked: string | undefined,
  project: ConfigFile | undefined,
): string | undefined {
  if (asked !== undefined) return resolve(context.cwd, asked);
  return project === undefined ? undefined : resolve(project.folder, STATE_FOLDER);
}
