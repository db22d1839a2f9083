/** How a vault stands in its regions, as text. */
import type { Finding } from '../../src/aws/account/index.ts';
import {
  countExpiring,
  type EntryStatus,
  EXPIRING_WITHIN,
  type ReleaseCopy,
  type ReleaseStatus,
  type VaultStatus,
} from '../../src/vault/index.ts';
import { formatTable } from '../table.ts';
import { count, dataKeyWords, statusSummary, worthShowing } from '../ui/regions-words.ts';

/** A matrix of what differs, a block of lines for each region, and one line that adds up. */
export function formatStatus(status: VaultStatus, keys: readonly Finding[], all: boolean): string {
  const rows = status.entries.filter((entry) => all || worthShowing(entry));
  const names = status.regions.map(({ region }) => region);
  const matrix = formatTable(
    ['NAME', 'REVISION', ...names.map((name) => name.toUpperCase()), ''],
    rows.map((entry) => [
      entry.name,
      entry.revision === 0 ? '?' : String(entry.revision),
      ...names.map((name) => cellText(entry, name)),
      noteText(entry),
    ]),
  );
  const blocks = status.regions.map((region) => {
    const told = keys.filter((one) => one.region === region.region);
    return [
      `${region.region}${region.home ? ' (home)' : ''}\n`,
      ...(region.error === undefined
        ? [
            `  release   ${releaseText(region.release)}\n`,
            `  data key  ${region.dataKey.dataKeyId ?? 'none'}${notEqual(region.dataKey.state)}\n`,
          ]
        : [`  does not answer: ${clean(region.error.message)}\n`]),
      ...told.map((one) => `  KMS key   ${findingText(one)}\n`),
    ].join('');
  });
  const everywhere = keys.filter(({ region }) => region === undefined).map((one) => `${findingText(one)}\n`);
  const parts = [
    ...(rows.length > 0 ? [matrix] : []),
    ...blocks,
    `${everywhere.join('')}${dataKeyLines(status)}${expiryLine(status)}${statusSummary(status)}\n`,
  ];
  return parts.join('\n');
}

function dataKeyLines({ dataKey }: VaultStatus): string {
  return dataKey === undefined ? '' : `${dataKeyWords(dataKey)}\n`;
}

/** A line for each region, and one that adds up. */
export function formatReleases({ regions, equal }: ReleaseStatus): string {
  const rows = regions.map((one) => [
    one.region,
    one.number === undefined ? '-' : String(one.number),
    one.digest?.slice(0, 16) ?? '-',
    one.state,
    one.problem === undefined ? '' : `! ${clean(one.problem.message)}`,
  ]);
  const whole = equal ? 'all equal' : 'not equal';
  return `${formatTable(['REGION', 'RELEASE', 'DIGEST', '', ''], rows)}${count(regions.length, 'region')}: ${whole}\n`;
}

/** Said where a secret has expired or soon will: no region differs by it. */
function expiryLine({ entries }: VaultStatus): string {
  const { expired, expiring } = countExpiring(entries, Date.now());
  if (expired + expiring === 0) return '';
  const days = EXPIRING_WITHIN / 86_400_000;
  const parts = [
    ...(expired > 0 ? [`${count(expired, 'secret')} expired`] : []),
    ...(expiring > 0 ? [`${count(expiring, 'secret')} to expire within ${days} days`] : []),
  ];
  return `${parts.join(', ')}: waxseal list --expiring ${days}d\n`;
}

function cellText({ cells, revision: newest }: EntryStatus, region: string): string {
  const cell = cells[region];
  if (cell === undefined) return '?';
  const at = cell.revision === undefined || cell.revision === newest ? '' : ` ${cell.revision}`;
  return `${cell.state}${at}${cell.void ? ', void write on top' : ''}`;
}

function noteText({ tombstone, problem }: EntryStatus): string {
  if (problem !== undefined) return `! ${clean(problem.message)}`;
  if (tombstone === undefined) return '';
  return tombstone === 'everywhere' ? 'deleted' : 'deleted, not known everywhere';
}

function releaseText({ number, state, digest, problem }: ReleaseCopy): string {
  if (problem !== undefined) return `! ${clean(problem.message)}`;
  if (number === undefined) return state === 'missing' ? 'missing' : 'none';
  return `${number} ${digest?.slice(0, 16) ?? ''}${notEqual(state)}`;
}

function notEqual(state: string): string {
  return state === 'equal' ? '' : ` ${state}`;
}

function findingText({ state, message }: Finding): string {
  return `${state === 'ok' ? '' : state === 'untested' ? 'not asked: ' : '! '}${clean(message)}`;
}

/** Whoever writes there had a hand in some messages: they must not drive the terminal. */
function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\u{FFFD}');
}
