/** Words about a vault in its regions, for the screen and for the commands. Pure. */
import type {
  DataKeyStatus,
  EntryStatus,
  ListedSecret,
  PutBack,
  SyncPlan,
  VaultStatus,
} from '../../src/vault/index.ts';

/** Whether an entry is shown where only what differs is. */
export function worthShowing({ drift, tombstone, cells }: EntryStatus): boolean {
  // A region that does not answer makes every deletion pending: it is told of once, with its region.
  return drift || (tombstone === 'pending' && Object.values(cells).some(({ state }) => state === 'missing'));
}

/** Such as "12 secrets, 3 regions: all equal". */
export function statusSummary({ entries, regions, equal }: VaultStatus): string {
  const alive = entries.filter(({ tombstone }) => tombstone === undefined).length;
  const what = `${count(alive, 'secret')}, ${count(regions.length, 'region')}`;
  if (equal) return `${what}: all equal`;
  const differing = entries.filter(({ drift }) => drift).length;
  const answering = regions.filter(({ error }) => error === undefined);
  const retired = answering.filter(({ dataKey }) => dataKey.state === 'retired').length;
  const among = (state: 'release' | 'dataKey'): number =>
    answering.filter((one) => !['equal', 'retired'].includes(one[state].state)).length;
  const silent = regions.filter(({ error }) => error !== undefined).map(({ region }) => region);
  const parts = [
    ...(differing > 0 ? [`${count(differing, 'secret')} not equal`] : []),
    ...(among('release') > 0 ? [`the release not equal in ${count(among('release'), 'region')}`] : []),
    ...(among('dataKey') > 0 ? [`the data key not equal in ${count(among('dataKey'), 'region')}`] : []),
    ...(retired > 0 ? [`the record of a retired data key in ${count(retired, 'region')}`] : []),
    ...(silent.length > 0 ? [`no answer from ${silent.join(', ')}`] : []),
  ];
  return `${what}: ${parts.join('; ')}`;
}

/** In ms. */
const DAY = 86_400_000;

/** Such as "data key of generation 2, 12 days old". What is to be done about it stands behind it. */
export function dataKeyWords(status: DataKeyStatus): string {
  const { generation, age, due, putBack, retired, releaseRetired } = status;
  // The rest would be about the wrong data key.
  if (putBack !== undefined) return putBackWords(putBack);
  const what = `data key of generation ${generation}, ${count(Math.floor(age / DAY), 'day')} old`;
  const old = [
    ...(retired > 0 ? [retired === 1 ? '1 entry' : `${retired} entries`] : []),
    ...(releaseRetired ? ['the release'] : []),
  ];
  const parts = [
    ...(due ? ['rotation due'] : []),
    ...(old.length > 0 ? [`${old.join(' and ')} under a retired data key`] : []),
  ];
  return parts.length === 0 ? what : `${what}: ${parts.join('; ')}: waxseal key rotate`;
}

function putBackWords({ generation, sealed, proved, newerIn }: PutBack): string {
  const source = proved ? '' : ', by what they say of themselves';
  const what = `the record of a retired data key was put back (generation ${generation}; ${sealed} has sealed already${source})`;
  const remedy =
    newerIn === undefined
      ? 'waxseal key rotate makes one above it'
      : `waxseal region sync brings the newer one from ${newerIn}, else waxseal key rotate makes one above it`;
  return `${what}: nothing can be written; ${remedy}`;
}

/** Such as "3 to write, 1 conflict". @param done - false for a plan */
export function syncSummary(plan: SyncPlan, done: boolean): string {
  const { actions, past = [], conflicts, leftovers, problems } = plan;
  const removed = past.reduce((sum, { parts }) => sum + parts, 0);
  const parts = [
    ...(actions.length > 0 ? [`${actions.length} ${done ? 'written' : 'to write'}`] : []),
    ...(removed > 0 ? [`${count(removed, 'past part')} ${done ? 'removed' : 'to remove'}`] : []),
    ...(conflicts.length > 0 ? [count(conflicts.length, 'conflict')] : []),
    ...(leftovers.length > 0 ? [count(leftovers.length, 'leftover')] : []),
    ...(problems.length > 0 ? [`${problems.length} not done`] : []),
  ];
  const silent = Object.keys(plan.failed);
  const what = parts.length === 0 ? 'nothing to do' : parts.join(', ');
  return silent.length === 0 ? what : `${what}; ${silent.join(', ')} not compared`;
}

/**
 * How many secrets are known to differ. A region that did not answer tells nothing of them, and a tombstone may be
 * missing where the secret never was.
 */
export function differing(secrets: readonly ListedSecret[]): number {
  return secrets.filter(({ copies, deleted }) =>
    Object.values(copies).some(
      (state) => state !== 'equal' && state !== 'unreachable' && !(deleted && state === 'missing'),
    ),
  ).length;
}

/** A number and its noun. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
