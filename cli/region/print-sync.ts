/** What a sync would do, or did, as text and JSON. */
import type { ConflictSide, SyncAction, SyncConflict, SyncPlan } from '../../src/vault/index.ts';
import { formatTable } from '../table.ts';
import { syncSummary } from '../ui/regions-words.ts';

const WHY: Readonly<Record<SyncAction['how'], string>> = {
  create: 'is missing there',
  forward: 'is older there',
  replace: 'is not to be trusted there',
  complete: 'lacks parts there',
  merge: 'is sealed anew, above all sides',
  overwrite: 'goes above what is there, which stays in its history',
};

const DONE: Readonly<Record<SyncAction['how'], string>> = {
  create: 'created',
  forward: 'brought up to date',
  replace: 'replaced',
  complete: 'completed',
  merge: 'sealed anew',
  overwrite: 'put above what was there',
};

/** All of it. @param done - false for a plan */
export function formatSync(plan: SyncPlan, done: boolean): string {
  const { actions, past = [], conflicts, leftovers, problems } = plan;
  const table = formatTable(
    ['WHAT', 'REVISION', 'FROM', 'TO', ''],
    actions.map(({ name, revision, deleted, from, to, how }) => [
      name,
      `${revision}${deleted ? ', deleted' : ''}`,
      from,
      to,
      (done ? DONE : WHY)[how],
    ]),
  );
  const told = [
    ...conflicts.map(formatConflict),
    ...leftovers.map(
      ({ name, regions, revision, deletedAt }) =>
        `leftover: ${name} revision ${revision} in ${regions.join(', ')}; the release knows it as deleted at ${deletedAt}; waxseal purge ${name} removes it\n`,
    ),
    ...problems.map(({ name, error }) => problemText(name, error)),
    ...past.map(
      ({ region, parts }) =>
        `${parts} part${parts === 1 ? '' : 's'} of past revisions ${done ? 'removed' : 'to remove'} in ${region}\n`,
    ),
  ];
  return [...(actions.length > 0 ? [table] : []), ...told, `${syncSummary(plan, done)}\n`].join('');
}

/** The same for programs. */
export function syncJson({ actions, past = [], conflicts, leftovers, problems, failed }: SyncPlan): object {
  const time = (side: ConflictSide): object => ({ ...side, sealedAt: new Date(side.sealedAt).toISOString() });
  return {
    actions,
    past,
    conflicts: conflicts.map((conflict) => ({ ...conflict, sides: conflict.sides.map(time) })),
    leftovers,
    problems,
    failed,
  };
}

function problemText(name: string, { message, hint }: SyncPlan['problems'][number]['error']): string {
  return `not done: ${name}: ${clean(message)}\n${hint === undefined ? '' : `  ${clean(hint)}\n`}`;
}

function formatConflict({ kind, name, sides }: SyncConflict): string {
  const rows = sides.map(({ region, revision, sealedAt, writtenBy, deleted, dataKeyId }) => [
    `  ${region}`,
    `${revision}${deleted ? ', deleted' : ''}`,
    new Date(sealedAt).toISOString().slice(0, 19).replace('T', ' '),
    clean(writtenBy?.split(':').at(-1) ?? '?'),
    dataKeyId,
  ]);
  const [first] = sides;
  const option = `${kind === 'secret' ? `${name}=` : ''}${first?.region ?? 'REGION'}`;
  const head = [
    '  REGION',
    kind === 'data-key' ? 'GENERATION' : 'REVISION',
    'SEALED (UTC)',
    'BY',
    'DATA KEY',
  ];
  return `conflict: ${name}\n${formatTable(head, rows)}  decide which side is right, such as --prefer ${option}\n`;
}

function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\u{FFFD}');
}
