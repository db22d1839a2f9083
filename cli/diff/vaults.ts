/** Two vaults as their entries stand, compared in memory alone. */
import { compareNames } from '../../src/secret-name.ts';
import type { Secret } from '../../src/vault/index.ts';
import { type CommandContext, say, write, writeJson } from '../context.ts';
import { valueJson } from '../revision-text.ts';
import { answeredBy, type Session, whereJson, withVault } from '../session.ts';
import { DIFFERS, type DiffOptions, sameSide, valueLines } from './options.ts';

type Secrets = ReadonlyMap<string, Secret>;

/** Compares them. @returns 5 when they differ */
export function diffVaults(
  context: CommandContext,
  options: DiffOptions,
  [first, second]: readonly [string, string],
): Promise<number | undefined> {
  // The first may be the one that serves the embedded AWS to the other, so it is closed last.
  return withVault(context, { ...options, vault: first }, (a) =>
    withVault(context, { ...options, vault: second }, async (b) => {
      const loaded = [await load(context, options, a), await load(context, options, b)] as const;
      try {
        return await compare(context, options, [a, b], loaded);
      } finally {
        for (const { value } of loaded.flatMap((one) => [...one.values()])) value.fill(0);
      }
    }),
  );
}

async function load(context: CommandContext, options: DiffOptions, { vault }: Session): Promise<Secrets> {
  const secrets = await vault.load({ signal: context.signal });
  const [{ region } = { region: vault.regions[0] }] = secrets.values();
  if (region !== undefined && region !== vault.regions[0]) {
    say(context, options, `${vault.path}: ${answeredBy(region, vault.regions)}`);
  }
  return secrets;
}

async function compare(
  context: CommandContext,
  options: DiffOptions,
  [a, b]: readonly [Session, Session],
  [left, right]: readonly [Secrets, Secrets],
): Promise<number | undefined> {
  const only = (here: Secrets, there: Secrets): readonly string[] =>
    [...here.keys()].filter((name) => !there.has(name)).sort(compareNames);
  const both = [...left].flatMap(([name, one]): (readonly [string, Secret, Secret])[] => {
    const other = right.get(name);
    return other === undefined ? [] : [[name, one, other]];
  });
  const different = both
    .filter(([, one, other]) => !sameSide(one, other))
    .sort(([one], [other]) => compareNames(one, other));
  const [onlyA, onlyB, equal] = [only(left, right), only(right, left), both.length - different.length];
  const reveal = options.reveal === true;
  if (reveal) say(context, options, 'the values that differ are shown');
  if (options.json === true) {
    await writeJson(context, {
      vaults: [whereJson(a), whereJson(b)],
      onlyIn: [onlyA, onlyB],
      different: different.map(([name, one, other]) => ({
        name,
        ...(reveal ? { values: [one, other].map(({ value, binary }) => valueJson(value, binary)) } : {}),
      })),
      equal,
    });
  } else {
    say(context, options, `- only in ${a.vault.path}, + only in ${b.vault.path}, ~ different`);
    await write(
      context,
      [...onlyA.map((name) => `- ${name}\n`), ...onlyB.map((name) => `+ ${name}\n`)].join(''),
    );
    for (const [name, one, other] of different) {
      const lines = reveal ? await valueLines(one, other) : [];
      await write(context, [`~ ${name}\n`, ...lines.map((line) => `    ${line}\n`)].join(''));
    }
    await write(context, `${equal} equal\n`);
  }
  return onlyA.length + onlyB.length + different.length === 0 ? undefined : DIFFERS;
}
