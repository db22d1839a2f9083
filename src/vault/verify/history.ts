/**
 * Every kept version of each name in home: authentic, and made on top of the one before. Home decides on revisions, so
 * its histories alone are a chain; a replica may have skipped what it was down for.
 */
import type { WaxsealError } from '../../errors.ts';
import { parameterName } from '../../secret-name.ts';
import { aFewAtOnce } from '../at-once.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import { healing } from '../read.ts';
import { releaseNames } from '../release/place.ts';
import { finding, problemFinding } from './findings.ts';
import { type Authentic, isAuthentic, type Judged, judgeVersion, problemOf } from './judge.ts';
import type { Look } from './look.ts';
import type { Finding } from './types.ts';

/** Histories that are read side by side: they share a quota with all readers. */
const AT_ONCE = 4;

/** What the histories gave. */
export interface Histories {
  readonly findings: readonly Finding[];
  /** How many versions were judged. */
  readonly versions: number;
}

/** Who wrote a version of a parameter in a region, as far as it was asked. */
export type Authors = Map<string, string | undefined>;

/** What an author is kept under. */
export function authorKey(region: string, parameter: string, version: number): string {
  return `${region} ${parameter}:${version}`;
}

/** Reads the histories of home. @throws WaxsealError `cancelled` */
export async function judgeHistories(look: Look, authors: Authors, done: () => void): Promise<Histories> {
  const { scope, caller } = look.bench;
  const findings: Finding[] = [];
  let versions = 0;
  const { head } = releaseNames(scope.path);
  const names = [...look.secrets.keys()].map((name) => ({
    parameter: parameterName(scope.path, name),
    hint: healing(name),
  }));
  const all = look.own.has(head)
    ? [...names, { parameter: head, hint: 'publish again: waxseal release publish' }]
    : names;
  await aFewAtOnce(all, AT_ONCE, async ({ parameter, hint }) => {
    checkCancelled(caller);
    try {
      const judged = await readVersions(look, parameter, authors);
      versions += judged.length;
      findings.push(...chainFindings(look, judged, hint));
    } catch (error) {
      findings.push(unread(look, parameter, problemOf(error, caller)));
    }
    done();
  });
  return { findings, versions };
}

/** Who wrote what was found wrong where no history was read yet: one more call for each such parameter. */
export async function askAuthors(
  looks: readonly Look[],
  findings: readonly Finding[],
  authors: Authors,
): Promise<void> {
  const asked = new Set<string>();
  for (const { gravity, region, parameter, version } of findings) {
    const look = looks.find(({ bench }) => bench.region.name === region);
    if (gravity !== 'fault' || look === undefined || parameter === undefined || version === undefined)
      continue;
    if (authors.has(authorKey(region, parameter, version)) || asked.has(`${region} ${parameter}`)) continue;
    asked.add(`${region} ${parameter}`);
    const { scope, caller } = look.bench;
    try {
      const signal = deadline(scope.timeout, caller);
      for await (const stored of look.bench.region.parameters.history(parameter, signal)) {
        authors.set(authorKey(region, parameter, stored.version), stored.modifiedBy);
      }
    } catch (error) {
      // Without the right to ask, the finding stands without its author.
      problemOf(error, caller);
    }
  }
}

/** All versions, judged as they come: no text is kept. */
async function readVersions(look: Look, parameter: string, authors: Authors): Promise<readonly Judged[]> {
  const { bench } = look;
  const judged: Judged[] = [];
  const signal = deadline(bench.scope.timeout * 10, bench.caller);
  for await (const stored of bench.region.parameters.history(parameter, signal)) {
    authors.set(authorKey(bench.region.name, parameter, stored.version), stored.modifiedBy);
    judged.push(await judgeVersion(bench, stored));
  }
  return judged;
}

function chainFindings(look: Look, versions: readonly Judged[], hint: string): readonly Finding[] {
  const top = versions.at(-1);
  const findings: Finding[] = [];
  let before: Authentic | undefined;
  for (const judged of versions) {
    // What lies on top was judged as it was listed.
    if (judged.problem !== undefined && judged !== top) {
      findings.push(problemFinding(look, judged, judged.problem, hint));
    }
    if (!isAuthentic(judged)) continue;
    const broken = before === undefined ? firstOf(look, judged) : linkOf(look, before, judged, hint);
    if (broken !== undefined) findings.push(broken);
    before = judged;
  }
  return findings;
}

function firstOf(look: Look, judged: Authentic): Finding | undefined {
  if (judged.core.parent.byteLength === 0) return undefined;
  const message = `revisions below ${judged.core.revision} are not kept here: nothing to compare its parent with`;
  return finding(look, judged, 'note', 'history_cut', message);
}

function linkOf(look: Look, before: Authentic, judged: Authentic, hint: string): Finding | undefined {
  const [older, newer] = [before.core, judged.core];
  // The same entry again, such as under another wrapping.
  if (before.digest === judged.digest) return undefined;
  if (Buffer.from(newer.parent).toString('hex') === before.digest) return undefined;
  if (newer.revision <= older.revision) {
    const message = `an older one was put back: revision ${newer.revision} on top of revision ${older.revision}`;
    return finding(look, judged, 'fault', 'replayed', message, hint);
  }
  if (newer.revision > older.revision + 1 && newer.parent.byteLength > 0) {
    const message = `the revisions between ${older.revision} and ${newer.revision} are not kept here: they came from another region`;
    return finding(look, judged, 'note', 'history_cut', message);
  }
  const message = `revision ${newer.revision} was not made on top of the revision ${older.revision} below it`;
  return finding(look, judged, 'fault', 'chain_broken', message, hint);
}

function unread(look: Look, parameter: string, error: WaxsealError): Finding {
  const message = `its history was not read: ${error.message}`;
  return finding(look, parameter, 'unverified', 'not_opened', message, error.hint);
}
