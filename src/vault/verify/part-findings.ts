/** What is wrong with the parts of large secrets in one region, and how many parts belong to nothing any more. */
import { largeFolder, parsePartName } from '../large/place.ts';
import { finding, problemFinding } from './findings.ts';
import { isAuthentic, type Judged } from './judge.ts';
import type { Look } from './look.ts';
import type { NamedLarge } from './named.ts';
import type { Finding } from './types.ts';

/** Of what counts, and of what the releases of the region name. */
export function largeFindings(look: Look): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [name, judged] of look.secrets) findings.push(...partFindings(look, name, judged, whole(name)));
  for (const named of look.named.values()) findings.push(...namedFindings(look, named));
  return [...findings, ...copyFindings(look), ...leftOverParts(look)];
}

/** What lies where the copy of an entry is kept for a pinned release, and is not what such a release names. */
function copyFindings(look: Look): readonly Finding[] {
  const { own, copies, pinned } = look;
  // Without the releases it is not known what they name.
  if (!pinned.every(({ head }) => isAuthentic(head))) return [];
  return [...copies].flatMap(([parameter, judged]) => {
    const seen = own.get(parameter);
    if (judged !== undefined || seen === undefined) return [];
    const message = 'this is not the copy of an entry that a pinned release names: somebody put it here';
    const hint =
      'applications that start from that release find the entry elsewhere while its history is kept; pin it again';
    return [finding(look, seen, 'fault', 'large_incomplete', message, hint)];
  });
}

function whole(name: string): string {
  return `"waxseal region sync" brings it from a region that has it; else set ${name} again, or take it from a backup`;
}

function namedFindings(look: Look, named: NamedLarge): readonly Finding[] {
  const { name, release, judged } = named;
  const isLive = release.pinned === undefined;
  const which = `${isLive ? '' : 'pinned '}release ${release.number}`;
  const hint = isLive
    ? 'publish what stands now: waxseal release publish'
    : `applications that start from ${release.number} get ${name} from another region that has it, or from none`;
  if (judged === undefined) return notKept(look, named, which, hint);
  const problem = judged.problem === undefined ? [] : [problemFinding(look, judged, judged.problem, hint)];
  return [...problem, ...partFindings(look, name, judged, `${which} names it; ${hint}`)];
}

/**
 * An entry that a release names and the region's history does not have. Starts take it from another region. That a
 * region is without it may be, where the regions were written apart; and of a pinned release, also that all are: a
 * purge, or a hundred versions since, took it away.
 */
function notKept(
  look: Look,
  { name, revision, release, elsewhere = false }: NamedLarge,
  which: string,
  hint: string,
): readonly Finding[] {
  const isLive = release.pinned === undefined;
  const counted = look.secrets.get(name);
  // That an older one stands where the release has a newer one is told already.
  if (isLive && (counted?.core?.revision ?? 0) <= revision) return [];
  const parameter = counted?.parameter ?? name;
  const message = `${which} names revision ${revision} of ${name}, which is not kept ${elsewhere ? 'here' : 'in any region'}`;
  if (elsewhere) return [finding(look, parameter, isLive ? 'drift' : 'note', 'lacking', message, hint)];
  return [finding(look, parameter, isLive ? 'fault' : 'note', 'large_incomplete', message, hint)];
}

function partFindings(look: Look, name: string, judged: Judged, hint: string): readonly Finding[] {
  const { large, core } = judged;
  if (large === undefined || core === undefined) return [];
  const found = [...large.parts].flatMap(([parameter, state], i): Finding[] => {
    if (state === 'whole') return [];
    const part = `part ${i + 1} of ${large.parts.size} of ${name}, revision ${core.revision}`;
    const message = state === 'gone' ? `${part}, is gone` : `this is not ${part}: somebody put it here`;
    const seen = look.own.get(parameter) ?? parameter;
    return [finding(look, seen, 'fault', 'large_incomplete', message, hint)];
  });
  return large.problem === undefined ? found : [...found, problemFinding(look, judged, large.problem, hint)];
}

/** Parts that nothing needs: publishes remove those of the past, and there may be a write under way. */
function leftOverParts(look: Look): readonly Finding[] {
  const { path } = look.bench.scope;
  const { release, pinned, secrets } = look;
  // Without the releases it is not known what they need.
  if ([release, ...pinned].some((one) => one !== undefined && !isAuthentic(one.head))) return [];
  const kept = new Set(
    pinned.flatMap(({ items }) => [...(items ?? [])].map(([name, { revision }]) => `${name}:${revision}`)),
  );
  const past = [...look.own.keys()].flatMap((parameter) => {
    const part = parsePartName(path, parameter);
    if (part === undefined || part.number === 0 || kept.has(`${part.secret}:${part.revision}`)) return [];
    const published = release?.items?.get(part.secret)?.revision ?? 0;
    const gone = published === 0 && !secrets.has(part.secret);
    return part.revision < published - 1 || gone ? [{ ...part, gone }] : [];
  });
  // The newest of each may be what the release before named, which is kept to go back to.
  const newest = new Map<string, number>();
  for (const { secret, revision } of past) newest.set(secret, Math.max(revision, newest.get(secret) ?? 0));
  const count = past.filter(
    ({ secret, revision, gone }) => gone || revision < (newest.get(secret) ?? 0),
  ).length;
  if (count === 0) return [];
  const message =
    count === 1
      ? 'a part of a past large secret, which nobody reads'
      : `${count} parts of past large secrets, which nobody reads`;
  return [finding(look, largeFolder(path), 'note', 'left_over', message, 'waxseal region sync removes them')];
}
