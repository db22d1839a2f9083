/** Two revisions of one secret. */
import type { SecretRevision } from '../../src/vault/index.ts';
import { type CommandContext, say, write, writeJson } from '../context.ts';
import { revisionJson, revisionText, valueJson } from '../revision-text.ts';
import { whereJson, withVault } from '../session.ts';
import { DIFFERS, type DiffOptions, sameSide, valueLines } from './options.ts';

/** Compares them. @returns 5 when the values differ */
export function diffRevisions(
  context: CommandContext,
  options: DiffOptions,
  name: string,
  from: number,
  to: number | 'now',
): Promise<number | undefined> {
  return withVault(context, options, async (open) => {
    const { vault } = open;
    const { signal } = context;
    const before = await vault.revision(name, from, { signal });
    const after = await vault.revision(name, to, { signal });
    const sides = [before, after];
    const [home = ''] = vault.regions;
    for (const region of new Set(sides.map((side) => side.region))) {
      if (region === home) continue;
      say(context, options, `answered by ${region}, home (${home}) did not, or no longer keeps it`);
    }
    const equal = sameSide(before, after);
    const reveal = options.reveal === true;
    if (reveal) say(context, options, `the values of ${name} are shown`);
    if (options.json === true) {
      const json = sides.map((side) => toJson(side, reveal));
      await writeJson(context, { ...whereJson(open), name, equal, from: json[0], to: json[1] });
    } else {
      const lines = [
        `${name}: ${equal ? 'equal' : 'different'}`,
        `--- ${sideText(before)}`,
        `+++ ${sideText(after)}${to === 'now' ? ', which stands' : ''}`,
        ...(reveal && !equal ? await valueLines(before, after) : []),
      ];
      await write(context, lines.map((line) => `${line}\n`).join(''));
    }
    for (const { value } of sides) value?.fill(0);
    return equal ? undefined : DIFFERS;
  });
}

function sideText(side: SecretRevision): string {
  const unlinked = side.linked ? '' : ', not linked: revisions between are no longer kept';
  return `${revisionText(side)}${side.value === undefined ? ', deleted' : ''}${unlinked}`;
}

function toJson(side: SecretRevision, reveal: boolean): object {
  return {
    ...revisionJson(side),
    deleted: side.value === undefined,
    binary: side.binary,
    dataKey: side.dataKeyId,
    linked: side.linked,
    region: side.region,
    ...(reveal ? valueJson(side.value, side.binary) : {}),
  };
}
