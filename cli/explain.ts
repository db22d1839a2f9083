/** `--explain`: what a command asked of AWS, on stderr. */
import { createExplainer, type Explainer } from '../src/loader/explain.ts';
import type { CommandContext, CommonOptions } from './context.ts';

/** Whether to explain. */
export type ExplainOption = Pick<CommonOptions, 'explain'>;

/**
 * Runs the work on one vault and tells of its calls, whether it goes well or not; `--quiet` was not meant for what is
 * asked for.
 * @param work - opens the vault and closes it; is given an explainer where one was asked for
 */
export async function explained<T>(
  context: CommandContext,
  options: ExplainOption,
  work: (explainer: Explainer | undefined) => Promise<T>,
): Promise<T> {
  const explainer = newExplainer(options);
  try {
    return await work(explainer);
  } finally {
    await tellExplained(context, explainer);
  }
}

/** An explainer where one was asked for. */
export function newExplainer(options: ExplainOption): Explainer | undefined {
  return options.explain === true ? createExplainer() : undefined;
}

/** Tells what was noted. */
export async function tellExplained(
  context: CommandContext,
  explainer: Explainer | undefined,
): Promise<void> {
  if (explainer !== undefined) context.stderr.write((await explainer.finish()).text);
}
