/** What a drill says, as titles and tables that both a terminal and Markdown can show. */
import type { DrilledLoad, DrilledRegion, DrillReport } from '../../src/vault/index.ts';

/** A table. */
export interface Table {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One sentence: did it hold, and against what. */
export function verdict(report: DrillReport): string {
  const { comparedWith, release, home, regions } = report;
  const replicas = regions.filter(({ role }) => role === 'replica');
  const failed = replicas.filter(({ carries }) => !carries).map(({ region }) => region);
  const measure = release === undefined ? 'entries (nothing was published yet)' : `release ${release}`;
  const against =
    comparedWith === undefined
      ? 'no region loads'
      : comparedWith === home
        ? `compared with ${measure} of home, ${home}`
        : `home, ${home}, does not load: compared with ${measure} of ${comparedWith}`;
  if (replicas.length === 0) return `NOT carried: the vault has no replica; ${against}`;
  if (failed.length === 0) return `carried: every replica loads all of it without home; ${against}`;
  return `NOT carried by ${failed.join(', ')}; ${against}`;
}

/** The tables of one vault; those without rows are left out. */
export function drillTables(report: DrillReport): readonly Table[] {
  const { regions, home, comparedWith } = report;
  const reference = regions.find(({ region }) => region === comparedWith);
  return [
    {
      title: 'Starts',
      header: [
        'REGION',
        'ROLE',
        'KMS KEY',
        'RELEASE',
        'COMPARED WITH',
        'SECRETS',
        'FIRST LOAD',
        'ALONE',
        'TAKES WRITES',
        'CARRIES',
      ],
      rows: regions.map((one) => [
        one.region,
        one.role,
        one.kmsKeyId ?? '-',
        releaseOf(one),
        reference === undefined ? '-' : releaseOf(reference),
        one.alone.ok ? String(one.alone.secrets) : '-',
        one.failover === undefined ? '-' : duration(one.failover),
        duration(one.alone),
        one.writeProblem === undefined ? 'yes' : 'no',
        one.carries ? 'yes' : 'NO',
      ]),
    },
    {
      title: `Entries, against ${comparedWith ?? home}`,
      header: ['REGION', 'COMPARED', 'EQUAL', 'BEHIND', 'MISSING', 'DIVERGED', 'AHEAD', 'UNREADABLE'],
      rows: regions.map(({ region, entries }) =>
        entries === undefined
          ? [region, ...Array.from({ length: 7 }, () => '?')]
          : [
              region,
              entries.compared,
              entries.equal,
              entries.behind,
              entries.missing,
              entries.diverged,
              entries.ahead,
              entries.unreadable,
            ].map(String),
      ),
    },
    {
      title: `What would have been lost with ${comparedWith ?? home}`,
      header: ['REGION', 'SECRET', 'REVISION', 'REGION HAS', 'WRITTEN'],
      rows: regions.flatMap(({ region, lost }) =>
        lost.map(({ name, revision, has, deleted, sealedAt }) => [
          region,
          deleted ? `${name} (deleted)` : name,
          String(revision),
          // The same number is no equality: it was written there without home's.
          has === undefined ? 'none' : has >= revision ? `another ${has}` : String(has),
          new Date(sealedAt).toISOString(),
        ]),
      ),
    },
    { title: 'Findings', header: ['REGION', 'FINDING'], rows: regions.flatMap(findings) },
  ].filter(({ rows }) => rows.length > 0);
}

function findings(one: DrilledRegion): readonly (readonly string[])[] {
  const { region, failover, alone, differing, entriesError, newestLostSeconds, writeProblem } = one;
  const found = [
    ...(failover?.ok === false
      ? [`does not load with home cut off: ${failover.error.message} [${failover.error.code}]`]
      : []),
    ...(alone.ok ? [] : [`does not load alone: ${alone.error.message} [${alone.error.code}]`]),
    ...(differing.length === 0 ? [] : [`loads these otherwise: ${differing.join(', ')}`]),
    ...(entriesError === undefined ? [] : [`entries not compared: ${entriesError.message}`]),
    ...(newestLostSeconds === undefined
      ? []
      : [`the newest write that it lacks is ${newestLostSeconds} s old`]),
    ...(writeProblem === undefined ? [] : [`could take no write: ${writeProblem.message}`]),
  ];
  return found.map((what) => [region, what]);
}

function releaseOf({ alone }: DrilledRegion): string {
  return alone.ok ? String(alone.release ?? 'none') : '?';
}

function duration(load: DrilledLoad): string {
  return load.ok ? `${load.ms} ms` : 'failed';
}
