/** Holds the regions against each other, by digest alone: what a difference means only their histories say. */
import { formatDataKeyId } from '../../envelope/index.ts';
import { parameterName } from '../../secret-name.ts';
import { releaseNames } from '../release/place.ts';
import { finding } from './findings.ts';
import { isAuthentic, type Judged, type JudgedRecord, type Seen } from './judge.ts';
import type { Look } from './look.ts';
import type { Finding } from './types.ts';

/** One region's copy of something. */
interface Copy {
  readonly look: Look;
  readonly seen: Seen;
  /** What makes it the same as another; undefined for one that is not to be trusted, which is told already. */
  readonly identity: string | undefined;
  /** In words: "revision 3". */
  readonly what: string;
  readonly number: number;
  readonly tombstone: boolean;
}

const HINT = 'waxseal status says how they stand to each other';

/** @param looks - the regions that answered, home first */
export function betweenRegions(looks: readonly Look[]): readonly Finding[] {
  const [first] = looks;
  if (first === undefined) return [];
  const { path, dataKeyName } = first.bench.scope;
  const names = new Set(looks.flatMap(({ secrets }) => [...secrets.keys()]));
  const pins = new Set(looks.flatMap(({ pinned }) => pinned.map((one) => one.pinned)));
  return [
    ...(names.size > 0 && looks.every(({ release }) => release === undefined) ? [noRelease(first)] : []),
    ...[...names].flatMap((name) =>
      compared(looks, parameterName(path, name), (look) => copyOf(look, look.secrets.get(name), 'revision')),
    ),
    ...compared(looks, releaseNames(path).head, (look) => copyOf(look, look.release?.head, 'release')),
    ...[...pins].flatMap((number) =>
      compared(looks, releaseNames(path, number).head, (look) =>
        copyOf(look, look.pinned.find(({ pinned }) => pinned === number)?.head, 'pinned release'),
      ),
    ),
    ...compared(looks, dataKeyName, recordCopy),
  ];
}

/** Whoever may delete parameters may have removed it everywhere, or there never was one. */
function noRelease(look: Look): Finding {
  const message =
    'no region holds a release: each secret is authentic by itself, and nothing says which there are';
  const { head } = releaseNames(look.bench.scope.path);
  return finding(look, head, 'note', 'no_release', message, 'waxseal release publish makes one');
}

function copyOf(look: Look, judged: Judged | undefined, noun: string): Copy | undefined {
  // A parameter that never held anything that counted is none.
  if (judged === undefined || (judged.core === undefined && judged.problem === undefined)) return undefined;
  const { core, digest } = judged;
  const number = core?.revision ?? 0;
  const identity = isAuthentic(judged) ? digest : undefined;
  const tombstone = core?.flags.tombstone === true;
  return { look, seen: judged, identity, what: `${noun} ${number}`, number, tombstone };
}

function recordCopy(look: Look): Copy | undefined {
  const judged: JudgedRecord | undefined = look.record;
  if (judged === undefined) return undefined;
  const { record, generation = 0, problem } = judged;
  const id = record === undefined ? '' : formatDataKeyId(record.id);
  const identity = problem === undefined ? id : undefined;
  return { look, seen: judged, identity, what: `data key ${id}`, number: generation, tombstone: false };
}

function compared(
  looks: readonly Look[],
  parameter: string,
  copyIn: (look: Look) => Copy | undefined,
): readonly Finding[] {
  const copies = looks.map((look) => copyIn(look));
  const trusted = copies.filter((copy) => copy?.identity !== undefined);
  const [atHome] = copies;
  const homeAnswered = looks[0]?.bench.region === looks[0]?.bench.scope.home;
  const highest = trusted.reduce<Copy | undefined>(
    (best, copy) => (copy !== undefined && copy.number > (best?.number ?? -1) ? copy : best),
    undefined,
  );
  const reference = homeAnswered && atHome?.identity !== undefined ? atHome : highest;
  if (reference === undefined) return [];
  const there = `${reference.look.bench.region.name} holds ${reference.what}`;
  return looks.flatMap((look, i) => {
    const copy = copies[i];
    if (copy === undefined) {
      // A deleted name is not brought to a region that never had it.
      if (reference.tombstone) return [];
      return [finding(look, parameter, 'drift', 'lacking', `${there}, and it is not here`, HINT)];
    }
    if (copy.identity === undefined || copy.identity === reference.identity) return [];
    const here =
      copy.what === reference.what
        ? `another ${copy.what} than in ${reference.look.bench.region.name}`
        : `${copy.what}, and ${there}`;
    return [finding(look, copy.seen, 'drift', 'differs', here, HINT)];
  });
}
