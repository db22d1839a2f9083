/** Words for what the screens show. Pure: the time is passed in. */
import { isWaxsealError } from '../../src/errors.ts';
import { expiryNote } from '../../src/vault/expiry.ts';
import type { CopyState, ListedSecret, ValueSize, WriteResult } from '../../src/vault/index.ts';
import { escapeText } from './escape.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, in one unit: "2 h". A clock that runs ahead counts as now. */
export function age(then: number, now: number): string {
  const passed = now - then;
  if (passed < 5 * SECOND) return 'now';
  if (passed < MINUTE) return `${Math.floor(passed / SECOND)} s`;
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min`;
  if (passed < DAY) return `${Math.floor(passed / HOUR)} h`;
  if (passed < 60 * DAY) return `${Math.floor(passed / DAY)} d`;
  if (passed < 730 * DAY) return `${Math.floor(passed / (30 * DAY))} mo`;
  return `${Math.floor(passed / (365 * DAY))} y`;
}

/** A point in time, to the minute, in UTC so that two people mean the same. */
export function moment(time: number): string {
  return utc(time, 'YYYY-MM-DD HH:MM'.length);
}

/** The same to the second, where two of them are to be told apart. */
export function second(time: number): string {
  return utc(time, 'YYYY-MM-DD HH:MM:SS'.length);
}

function utc(time: number, length: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return 'unknown';
  return `${date.toISOString().slice(0, length).replace('T', ' ')} UTC`;
}

/** A point in time and how long ago it was. */
export function momentAndAge(time: number, now: number): string {
  const ago = age(time, now);
  return ago === 'now' ? `${moment(time)}, just now` : `${moment(time)}, ${ago} ago`;
}

/** When a secret expires, and how far that is. */
export function expiry(expiresAt: number | undefined, now: number): string {
  if (expiresAt === undefined) return 'never';
  return `${moment(expiresAt)}, ${expiryNote(expiresAt, now)}`;
}

/** A copy's state in a word or mark that needs no colour. */
export function copyWord(state: CopyState | undefined): string {
  switch (state) {
    case 'equal':
      return '✓';
    case 'unreachable':
      return 'down';
    case undefined:
      return '?';
    default:
      return state;
  }
}

/** The states a person should hear of first. */
const GRAVITY: readonly CopyState[] = ['unreadable', 'diverged', 'ahead', 'behind', 'missing', 'unreachable'];

/** All copies of a secret in a few words, for a screen too narrow for a column per region. */
export function copiesSummary(copies: ListedSecret['copies'], regions: readonly string[]): string {
  const states = regions.map((region) => copies[region]);
  const said = GRAVITY.flatMap((state) => {
    const count = states.filter((other) => other === state).length;
    return count === 0 ? [] : [`${count} ${copyWord(state)}`];
  });
  if (said.length > 0) return said.join(', ');
  return states.every((state) => state === 'equal') ? `✓ all ${regions.length}` : '?';
}

/** "a", "a and b", "a, b and c". */
export function sentenceList(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** A message and what to do next, free of anything a terminal would obey. */
export interface Problem {
  readonly message: string;
  readonly hint?: string | undefined;
}

/**
 * What an error says. Only our own errors are quoted: a foreign one, such as JSON.parse's, may quote the very text
 * that it stumbled over.
 */
export function describeError(error: unknown): Problem {
  if (isWaxsealError(error)) {
    return {
      message: escapeText(error.message),
      hint: error.hint === undefined ? undefined : escapeText(error.hint),
    };
  }
  const name = error instanceof Error ? error.name : typeof error;
  return {
    message: `something unexpected went wrong (${escapeText(name)})`,
    hint: 'try again; `waxseal doctor` checks the setup',
  };
}

/** What a write did, in one line, and the hint where a region lags. */
export function describeWrite(
  done: 'saved' | 'deleted' | 'rolled back' | 'undeleted',
  result: WriteResult,
  regions: readonly string[],
): Problem {
  const name = escapeText(result.name);
  if (!result.changed) return { message: `${name} stays as it was, revision ${result.revision}` };
  const late = result.behind.map(({ region }) => region);
  const there = regions.filter((region) => !late.includes(region));
  const over = result.parts === undefined ? '' : ` over ${result.parts + 1} parameters`;
  const message = `${done} ${name}, revision ${result.revision},${over} in ${sentenceList(there)}`;
  if (result.unpublished !== undefined) {
    const why = describeError(result.unpublished);
    return {
      message: `${message}; not published: ${why.message}`,
      hint: 'applications start with the release before; `waxseal release publish`',
    };
  }
  const [first] = result.behind;
  if (first === undefined) return { message };
  const why = describeError(first.error);
  return {
    message: `${message}; ${sentenceList(late)} ${late.length === 1 ? 'lags' : 'lag'} behind: ${why.message}`,
    hint: why.hint ?? '`waxseal region sync` brings it up to date',
  };
}

/** What a value of so many bytes takes, where that is worth a word; nothing of its length while it fits in one. */
export function sizeText(
  { parameters, tooLarge, oneAdvanced }: ValueSize,
  bytes: number,
): string | undefined {
  if (tooLarge) return `${bytes} bytes: a secret has 65,536 at most, \`waxseal file encrypt\` seals more`;
  if (parameters === 1) return undefined;
  const advanced = oneAdvanced ? '; "tier": "advanced" would hold it in one, for 0.05 USD a month' : '';
  return `large: ${parameters} parameters in each region${advanced}`;
}

/** Who an ARN names, without its account and service: the role and session, or the user. */
export function shortArn(arn: string | undefined): string {
  if (arn === undefined) return 'unknown';
  const resource = arn.split(':').slice(5).join(':');
  return escapeText(resource.replace(/^(assumed-role|user)\//, '') || arn);
}
