/**
 * Every kept version of each name in home: authentic, and made on top of the one before. Home decides on revisions, so
 * its histories alone are a chain; a replica may have skipped what it was down for.
 */
import type { WaxsealError } from '../../errors.ts';
import { parameterName } from '../../secret-name.ts';
import { vouchedFor } from '../ancestry.ts';
import { aFewAtOnce } from '../at-once.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import { isUnderAnother } from '../foreign-key.ts';
import { healing } from '../read.ts';
import { releaseNames } from '../release/place.ts';
import { finding, formerKeyNote, problemFinding } from './findings.ts';
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

/** Who wrote what was found wrong, or does not count, where no history was read yet: one more call for each such parameter. */
export async function askAuthors(
  looks: readonly Look[],
  findings: readonly Finding[],
  authors: Authors,
): Promise<void> {
  const asked = new Set<string>();
  for (const { gravity, kind, region, parameter, version } of findings) {
    const look = looks.find(({ bench }) => bench.region.name === region);
    // Who put a copy where it does not count is worth asking for, too.
    if (gravity !== 'fault' && kind !== 'void') continue;
    if (look === undefined || parameter === undefined || version === undefined) continue;
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
  const formerAt = formerKeys(versions);
  const findings: Finding[] = [];
  let before: Chained | undefined;
  for (const [i, judged] of versions.entries()) {
    const former = formerAt[i];
    // What nothing vouches for is believed to be as old as it looks only below all that is authentic.
    const isFormer = former === 'vouched' || (former === 'named' && before === undefined);
    if (isFormer) findings.push(formerKeyNote(look, judged, former === 'vouched'));
    // What lies on top was judged as it was listed.
    else if (judged.problem !== undefined && judged !== top) {
      findings.push(problemFinding(look, judged, judged.problem, hint));
    }
    if (!isChained(judged) || (judged.problem !== undefined && former !== 'vouched')) continue;
    const broken = before === undefined ? firstOf(look, judged) : linkOf(look, before, judged, hint);
    if (broken !== undefined) findings.push(broken);
    before = judged;
  }
  return findings;
}

/** A version that takes part in the chain: it is authentic, or one above it that is vouches for it. */
type Chained = Judged & Pick<Authentic, 'core'>;

function isChained(judged: Judged): judged is Chained {
  return judged.core !== undefined;
}

/**
 * Which versions lie below what counts, and are under a KMS key that opens none of the others. One that names a key
 * which is accepted, and is not opened by it, was changed.
 */
function formerKeys(versions: readonly Judged[]): readonly ('vouched' | 'named' | undefined)[] {
  const counted = versions.findLastIndex((one) => !one.void);
  const accepted = new Set(versions.filter(isAuthentic).map(({ namedKeyId }) => namedKeyId));
  const vouched = vouchedFor(
    versions.map((one) => ({
      digest: one.digest,
      parent: Buffer.from(one.core?.parent ?? []).toString('hex'),
      authentic: isAuthentic(one),
    })),
  );
  return versions.map(({ problem, namedKeyId }, i) => {
    if (i >= counted || problem === undefined || !isUnderAnother(problem)) return undefined;
    if (accepted.has(namedKeyId)) return undefined;
    return vouched[i] === true ? 'vouched' : 'named';
  });
}

function firstOf(look: Look, judged: Chained): Finding | undefined {
  if (judged.core.parent.byteLength === 0) return undefined;
  const message = `revisions below ${judged.core.revision} are not kept here: nothing to compare its parent with`;
  return finding(look, judged, 'note', 'history_cut', message);
}

function linkOf(look: Look, before: Chained, judged: Chained, hint: string): Finding | undefined {
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
