/** Makes another region the home in the text of a waxseal.json and leaves every other character where it is. */
import { isDeepStrictEqual } from 'node:util';
import { checkConfig } from '../../src/config/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import { type Member, memberNamed } from '../init/insert.ts';
import { withoutMark } from '../init/target.ts';

/** What is changed. */
export interface HomeMove {
  /** The vault's path. */
  readonly vault: string;
  /** One of its replicas. */
  readonly to: string;
  /** Where the KMS primary key is, to be said outright; undefined where the vault makes no key of its own. */
  readonly primary: string | undefined;
}

type Vault = Readonly<Record<string, unknown>>;

/** A piece of the text and what takes its place. */
type Edit = readonly [start: number, end: number, text: string];

/**
 * The file's new text. The old home takes the place that the new one had among the replicas.
 * @param text - a valid waxseal.json in which `to` is a replica of the vault
 * @throws WaxsealError `config_invalid` where the file would not be valid any more
 */
export async function moveHome(text: string, move: HomeMove): Promise<string> {
  const before = JSON.parse(withoutMark(text)) as { readonly vaults: Readonly<Record<string, Vault>> };
  const after = {
    ...before,
    vaults: { ...before.vaults, [move.vault]: moved(before.vaults[move.vault] ?? {}, move) },
  };
  const checked = checkConfig(after);
  if ('problem' in checked) {
    throw new WaxsealError('config_invalid', `with home in ${move.to}: ${checked.problem.message}`, {
      hint: checked.problem.hint,
    });
  }
  const edited = await edit(text, move);
  // A file that says a key twice is written anew rather than wrongly.
  const right = edited !== undefined && isDeepStrictEqual(JSON.parse(withoutMark(edited)), after);
  return right ? edited : `${JSON.stringify(after, undefined, 2)}\n`;
}

function moved(vault: Vault, { to, primary }: HomeMove): Vault {
  const replicas = (vault.replicas as readonly string[] | undefined) ?? [];
  return {
    ...vault,
    home: to,
    replicas: replicas.map((region) => (region === to ? vault.home : region)),
    ...(primary === undefined ? {} : { primary }),
  };
}

async function edit(text: string, { vault, to, primary }: HomeMove): Promise<string | undefined> {
  const mark = text.startsWith('\uFEFF') ? text.slice(0, 1) : '';
  const json = text.slice(mark.length);
  const { parse } = await import('@humanwhocodes/momoa');
  const { body } = parse(json);
  const vaults = body.type === 'Object' ? memberNamed(body, 'vaults') : undefined;
  const own = vaults?.value.type === 'Object' ? memberNamed(vaults.value, vault) : undefined;
  if (own?.value.type !== 'Object') return undefined;
  const home = memberNamed(own.value, 'home');
  const replicas = memberNamed(own.value, 'replicas');
  const place =
    replicas?.value.type === 'Array'
      ? replicas.value.elements.find(({ value }) => value.type === 'String' && value.value === to)
      : undefined;
  if (home === undefined || replicas === undefined || place === undefined) return undefined;
  const said = memberNamed(own.value, 'primary');
  const edits: Edit[] = [
    [...rangeOf(home.value), JSON.stringify(to)],
    [...rangeOf(place.value), json.slice(...rangeOf(home.value))],
  ];
  if (primary !== undefined) edits.push(sayPrimary(json, primary, said, replicas));
  const result = edits
    .sort(([a], [b]) => b - a)
    .reduce((rest, [start, end, replacement]) => rest.slice(0, start) + replacement + rest.slice(end), json);
  return mark + result;
}

function rangeOf({ loc }: Member['value']): readonly [start: number, end: number] {
  return [loc.start.offset, loc.end.offset];
}

/** In the place of what it says already, or behind `replicas`, on a line of its own where that has one. */
function sayPrimary(json: string, primary: string, said: Member | undefined, replicas: Member): Edit {
  if (said !== undefined) return [...rangeOf(said.value), JSON.stringify(primary)];
  const start = replicas.loc.start.offset;
  const indent = /(\r?\n[ \t]*)$/.exec(json.slice(0, start))?.[1] ?? ' ';
  const end = replicas.loc.end.offset;
  return [end, end, `,${indent}"primary": ${JSON.stringify(primary)}`];
}
