import { randomBytes } from 'node:crypto';
import { isWaxsealError, WaxsealError } from '../../src/errors.ts';
import { checkSecretName } from '../../src/secret-name.ts';
import {
  generateValue,
  LEAST_ENTROPY,
  type Recipe,
  readAlphabet,
  USUAL_RECIPE,
} from '../../src/vault/generate.ts';
import type { Vault } from '../../src/vault/index.ts';
import { type CommandContext, say } from '../context.ts';
import { type ExpiresOption, parseExpires } from '../expiry.ts';
import { partsJson, sayParts, withParts } from '../large.ts';
import { parseRevision, parseWhole } from '../options.ts';
import { type WritingOptions, withWriting } from '../writing.ts';
import { finishWrite } from '../written.ts';

interface Options extends WritingOptions, ExpiresOption {
  readonly length?: string;
  readonly alphabet?: string;
  readonly hex?: string;
  readonly base64?: string;
  readonly uuid?: boolean;
  readonly replace?: boolean;
  readonly expectRevision?: string;
}

/** More than any secret may have, so that the vault says how much it would take. */
const MOST = 100_000;

/** `waxseal generate` */
export async function run(
  context: CommandContext,
  args: readonly string[],
  options: Options,
): Promise<undefined> {
  const [name = ''] = args;
  const recipe = readRecipe(options);
  const asked = parseRevision(options.expectRevision);
  const expiresAt = parseExpires(options);
  return withWriting(context, options, async (open) => {
    const { signal } = context;
    checkSecretName(open.vault.path, name);
    const mayReplace = options.replace === true || asked !== undefined;
    if (!mayReplace) await checkAbsent(open.vault, name, signal);
    const expectRevision = mayReplace ? asked : 0;
    const { value, entropy } = generateValue(recipe, randomBytes);
    const size = open.vault.sizeOf(name, value);
    const result = await withParts(context, options, (onProgress) =>
      open.vault.set(name, value, { expectRevision, expiresAt, signal, onProgress }),
    ).finally(() => value.fill(0));
    sayEntropy(context, options, recipe, entropy);
    sayParts(context, options, result, size);
    const more = { kind: recipe.kind, entropy, ...partsJson(result, size) };
    await finishWrite(context, options, open, result, expiresAt, more);
    return undefined;
  });
}

/** @throws WaxsealError `usage` for options of which one says something else than another */
function readRecipe(options: Options): Recipe {
  const { length, alphabet, hex, base64, uuid } = options;
  const kinds = [
    ...(hex === undefined ? [] : ['--hex']),
    ...(base64 === undefined ? [] : ['--base64']),
    ...(uuid === true ? ['--uuid'] : []),
  ];
  const ofCharacters = [
    ...(length === undefined ? [] : ['--length']),
    ...(alphabet === undefined ? [] : ['--alphabet']),
  ];
  const [first, second] = [...kinds, ...ofCharacters];
  if (kinds.length > 0 && second !== undefined) {
    throw new WaxsealError('usage', `${first} and ${second} contradict each other`, {
      hint: '--hex, --base64 and --uuid each stand alone; --length and --alphabet go together',
    });
  }
  if (hex !== undefined) return { kind: 'hex', bytes: atLeastOne('--hex', hex) };
  if (base64 !== undefined) return { kind: 'base64', bytes: atLeastOne('--base64', base64) };
  if (uuid === true) return { kind: 'uuid' };
  return {
    kind: 'characters',
    alphabet: alphabet === undefined ? USUAL_RECIPE.alphabet : readAlphabet(alphabet),
    length: length === undefined ? USUAL_RECIPE.length : atLeastOne('--length', length),
  };
}

function atLeastOne(option: string, text: string): number {
  const number = parseWhole(option, text, MOST);
  if (number > 0) return number;
  throw new WaxsealError('usage', `${option} expected at least 1`);
}

/** Said before anything is made; who comes between is met by the write itself. @throws WaxsealError `already_exists` */
async function checkAbsent(vault: Vault, name: string, signal: AbortSignal): Promise<void> {
  const there = await vault.get(name, { signal }).catch((error: unknown) => {
    if (isWaxsealError(error, 'not_found', 'vault_unknown')) return undefined;
    throw error;
  });
  if (there === undefined) return;
  there.value.fill(0);
  throw new WaxsealError('already_exists', `${name} is there already, revision ${there.revision}`, {
    hint: `--replace gives it a new value, --expect-revision ${there.revision} only on top of this one; the history stays`,
  });
}

function sayEntropy(context: CommandContext, options: Options, recipe: Recipe, entropy: number): void {
  // Rounded down: a value is never told to be stronger than it is.
  const bits = `${Math.floor(entropy)} ${Math.floor(entropy) === 1 ? 'bit' : 'bits'} of entropy`;
  say(context, options, `generated ${describeRecipe(recipe)}: ${bits}`);
  if (entropy >= LEAST_ENTROPY) return;
  say(context, options, `warning: less than ${LEAST_ENTROPY} bits can be guessed: ${moreOf(recipe)}`);
}

function describeRecipe(recipe: Recipe): string {
  switch (recipe.kind) {
    case 'uuid':
      return 'a UUID';
    case 'characters':
      return `${recipe.length} ${recipe.length === 1 ? 'character' : 'characters'} out of ${recipe.alphabet.length}`;
    case 'hex':
    case 'base64':
      return `${recipe.bytes} ${recipe.bytes === 1 ? 'byte' : 'bytes'} as ${recipe.kind}`;
  }
}

/** What would be enough. */
function moreOf(recipe: Recipe): string {
  if (recipe.kind === 'characters') {
    return `--length ${Math.ceil(LEAST_ENTROPY / Math.log2(recipe.alphabet.length))} or more`;
  }
  return recipe.kind === 'uuid' ? '--hex 16' : `--${recipe.kind} ${LEAST_ENTROPY / 8} or more`;
}
