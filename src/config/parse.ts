/** Checks the text of a waxseal.json. Every complaint names the file and the line. */
import * as v from 'valibot';
import { WaxsealError } from '../errors.ts';
import { findProblem, type Problem } from './rules.ts';
import { type Config, configSchema } from './schema.ts';

/**
 * Checks the text of a waxseal.json.
 * @param text - JSON, with or without a byte-order mark
 * @param file - the name that complaints carry
 * @throws WaxsealError `config_invalid`
 */
export async function parseConfig(text: string, file: string): Promise<Config> {
  const json = text.replace(/^\uFEFF/, '');
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch (cause) {
    throw await syntaxError(json, file, cause);
  }
  const checked = checkConfig(data);
  if ('config' in checked) return checked.config;
  const { path, message, hint } = checked.problem;
  throw await invalid(json, file, path, message, hint);
}

/** Checks what a waxseal.json would say, without one. */
export function checkConfig(data: unknown): { readonly config: Config } | { readonly problem: Problem } {
  const result = v.safeParse(configSchema, data);
  if (!result.success) {
    const issue = result.issues[0];
    const path = (issue.path ?? []).map((item) => String(item.key));
    return { problem: { path, message: describeIssue(issue) } };
  }
  const problem = findProblem(result.output);
  return problem === undefined ? { config: result.output } : { problem };
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const field = issue.path?.at(-1)?.key;
  const named = field === undefined ? 'the file' : `"${String(field)}"`;
  if (issue.type === 'strict_object' && issue.expected === 'never') return `${named} is not a known field`;
  if (issue.type === 'strict_object' && issue.received === 'undefined') return `${named} is missing`;
  return issue.message.startsWith('Invalid')
    ? `${named} expected ${issue.expected ?? 'another value'}, got ${issue.received}`
    : `${named}: ${issue.message}`;
}

async function invalid(
  text: string,
  file: string,
  path: readonly string[],
  message: string,
  hint?: string,
): Promise<WaxsealError> {
  const line = await lineOf(text, path);
  return new WaxsealError('config_invalid', `${file}:${line}: ${message}`, { hint });
}

/** momoa is loaded for complaints only: an application that starts well never pays for it. */
async function syntaxError(text: string, file: string, cause: unknown): Promise<WaxsealError> {
  const { parse } = await import('@humanwhocodes/momoa');
  let place = '1';
  let what = 'it is not JSON';
  try {
    parse(text);
  } catch (error) {
    const at = error as { line?: number; column?: number; message?: string };
    if (at.line !== undefined) place = `${at.line}:${at.column ?? 1}`;
    if (at.message !== undefined)
      what = at.message
        .replace(/\s*\(\d+:\d+\)$/, '')
        .replace(/\.$/, '')
        .toLowerCase();
  }
  return new WaxsealError('config_invalid', `${file}:${place}: ${what}`, {
    cause,
    hint: 'mend the JSON there; nothing was changed',
  });
}

/** The line of the value at `path`, or of the nearest thing around it that exists. */
async function lineOf(text: string, path: readonly string[]): Promise<number> {
  const { parse } = await import('@humanwhocodes/momoa');
  let node = parse(text).body;
  let line = node.loc.start.line;
  for (const key of path) {
    if (node.type === 'Object') {
      const member = node.members.find(
        ({ name }) =>
          (name.type === 'String' ? name.value : name.type === 'Identifier' ? name.name : '') === key,
      );
      if (member === undefined) break;
      line = member.loc.start.line;
      node = member.value;
    } else if (node.type === 'Array') {
      const element = node.elements[Number(key)];
      if (element === undefined) break;
      line = element.loc.start.line;
      node = element.value;
    } else break;
  }
  return line;
}
