import { setTimeout as wait } from 'node:timers/promises';
import { examineKeys } from '../../src/aws/account/index.ts';
import { isWaxsealError, WaxsealError } from '../../src/errors.ts';
import { countExpiring, noVault } from '../../src/vault/index.ts';
import { type CommandContext, type CommonOptions, say, write } from '../context.ts';
import { expiryJson } from '../expiry.ts';
import { parseWhole } from '../options.ts';
import { formatReleases, formatStatus } from '../region/print-status.ts';
import { type Session, whereJson, withVault } from '../session.ts';

interface Options extends CommonOptions {
  readonly all?: boolean;
  readonly release?: boolean;
  /** In seconds; `true` without a number. */
  readonly watch?: string | true;
}

/** As design has it: drift where it was asked about. */
const DRIFT = 5;
/** Of a data key record: no other region has a better one. */
const AS_ALL: ReadonlySet<string> = new Set(['equal', 'retired']);
/** In seconds. */
const USUAL_WATCH = 5;
const MOST_WATCH = 86_400;
const HOME_AND_CLEAR = '\u001B[H\u001B[2J';

/** One look. */
interface Look {
  readonly text: string;
  readonly json: object;
  readonly equal: boolean;
  /** Whether a sync may bring together what differs between regions that answer. */
  readonly syncs: boolean;
}

/** `waxseal status` */
export function run(
  context: CommandContext,
  _args: readonly string[],
  options: Options,
): Promise<number | undefined> {
  const every = options.watch === undefined ? undefined : interval(options.watch);
  return withVault(context, options, async (open) => {
    const look = options.release === true ? lookAtReleases : lookAtAll;
    let last: Look | undefined;
    try {
      for (;;) {
        last = await look(context, open, options);
        await print(context, open, options, last, every !== undefined);
        if (every === undefined) {
          if (last.syncs) say(context, options, 'waxseal region sync shows what would bring them together');
          break;
        }
        await wait(every * 1000, undefined, { signal: context.signal });
      }
    } catch (error) {
      // Whoever watches ends by Ctrl-C: the last look is the answer.
      if (!context.signal.aborted || last === undefined) throw error;
      const stopped = isWaxsealError(error, 'cancelled', 'timeout') || (error as Error).name === 'AbortError';
      if (!stopped) throw error;
    }
    return last.equal ? undefined : DRIFT;
  });
}

async function lookAtAll({ signal }: CommandContext, open: Session, options: Options): Promise<Look> {
  const { vault, settings, connection, explainer } = open;
  const [status, keys] = await Promise.all([
    vault.status({ signal }),
    examineKeys(settings, connection.endpoint, { signal, observe: explainer?.observe }),
  ]);
  if (!status.exists && status.regions.every(({ error }) => error === undefined)) {
    throw noVault(vault.path, vault.regions);
  }
  const { entries, regions, dataKey, equal } = status;
  const shown = options.all === true ? entries : entries.filter(({ drift, tombstone }) => drift || tombstone);
  return {
    text: formatStatus(status, keys, options.all === true),
    json: {
      equal,
      secrets: entries.length,
      ...countExpiring(entries, Date.now()),
      entries: shown.map((entry) => ({ ...entry, ...expiryJson(entry.expiresAt) })),
      regions,
      dataKey: dataKey && { ...dataKey, createdAt: new Date(dataKey.createdAt).toISOString() },
      keys,
    },
    equal,
    // A record that was put back everywhere is none of it.
    syncs:
      dataKey?.putBack?.newerIn !== undefined ||
      entries.some(({ drift }) => drift) ||
      regions.some(({ error, release, dataKey }) => {
        return error === undefined && (release.state !== 'equal' || !AS_ALL.has(dataKey.state));
      }),
  };
}

async function lookAtReleases({ signal }: CommandContext, open: Session): Promise<Look> {
  const status = await open.vault.releaseStatus({ signal });
  const syncs = status.regions.some(({ state }) => state !== 'equal' && state !== 'unreachable');
  return { text: formatReleases(status), json: status, equal: status.equal, syncs };
}

async function print(
  context: CommandContext,
  open: Session,
  options: Options,
  { text, json }: Look,
  again: boolean,
): Promise<void> {
  if (options.json === true) {
    const document = { ...whereJson(open), ...json };
    // One line a round, so that a reader knows where one ends.
    await write(context, `${JSON.stringify(document, undefined, again ? 0 : 2)}\n`);
  } else if (again && context.stdout.isTTY === true) await write(context, HOME_AND_CLEAR + text);
  else await write(context, again ? `${new Date().toISOString()}\n${text}\n` : text);
}

/** @throws WaxsealError `usage` */
function interval(watch: string | true): number {
  if (watch === true) return USUAL_WATCH;
  const seconds = parseWhole('--watch', watch, MOST_WATCH);
  if (seconds > 0) return seconds;
  throw new WaxsealError('usage', '--watch expected at least 1 second');
}
