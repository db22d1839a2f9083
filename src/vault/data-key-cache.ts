/** Data keys in the clear, for as long and as often as they may be used without asking KMS again. */
import { type DataKey, type DataKeyId, formatDataKeyId } from '../envelope/index.ts';

/**
 * How long an open data key serves before KMS is asked for it again: whoever lost the right to it loses its use then.
 * Whichever limit is met first counts.
 */
export interface DataKeyPolicy {
  /** In ms since KMS opened it; default 300,000. It is wiped then, used or not. */
  readonly maxAge?: number | undefined;
  /** How many entries and releases are sealed or opened with it; default as many as there are. */
  readonly maxUses?: number | undefined;
  /** How many bytes are sealed or opened with it; default as many as there are. */
  readonly maxBytes?: number | undefined;
}

/** What became of data keys so far. */
export interface DataKeyUse {
  /** How often KMS made or opened one. */
  readonly opened: number;
  /** How often one served that was open already. */
  readonly reused: number;
  /** How many were wiped before the end, because a limit was met. */
  readonly retired: number;
}

/** How long KMS's word counts unless it is said otherwise, in ms. */
const MAX_AGE = 300_000;

interface OpenKey {
  readonly dataKey: DataKey;
  readonly openedAt: number;
  readonly timer: NodeJS.Timeout;
  uses: number;
  bytes: number;
}

/** The data keys that are open. */
export interface DataKeyCache {
  /**
   * An open data key, whose use is counted. It is used at once, before anything is waited for: later it may be wiped.
   * @param bytes - how many it is going to seal or open
   */
  take(id: DataKeyId, kmsKeyId: string, bytes: number): DataKey | undefined;
  /** Keeps what KMS has just opened. @param plaintext - the cache's own from here on */
  keep(id: DataKeyId, kmsKeyId: string, plaintext: Uint8Array, bytes: number): DataKey;
  use(): DataKeyUse;
  /** Wipes all of them. */
  close(): void;
}

/** @param now - in ms since 1970 */
export function createDataKeyCache(policy: DataKeyPolicy, now: () => number): DataKeyCache {
  const {
    maxAge = MAX_AGE,
    maxUses = Number.POSITIVE_INFINITY,
    maxBytes = Number.POSITIVE_INFINITY,
  } = policy;
  const open = new Map<string, OpenKey>();
  const use = { opened: 0, reused: 0, retired: 0 };
  const drop = (name: string, key: OpenKey): void => {
    clearTimeout(key.timer);
    if (open.get(name) === key) open.delete(name);
    // Whoever was given it in this very turn still uses it.
    setImmediate(() => key.dataKey.key.fill(0));
  };
  const retire = (name: string, key: OpenKey): void => {
    use.retired += 1;
    drop(name, key);
  };
  const isSpent = ({ openedAt, uses, bytes }: OpenKey, more: number): boolean => {
    // A clock that was put back must not make a key serve for ever.
    const age = Math.abs(now() - openedAt);
    return age >= maxAge || uses >= maxUses || bytes + more > maxBytes;
  };
  return {
    take(id, kmsKeyId, bytes) {
      const name = nameOf(id, kmsKeyId);
      const key = open.get(name);
      if (key === undefined) return undefined;
      if (isSpent(key, bytes)) {
        retire(name, key);
        return undefined;
      }
      key.uses += 1;
      key.bytes += bytes;
      use.reused += 1;
      return key.dataKey;
    },
    keep(id, kmsKeyId, plaintext, bytes) {
      const name = nameOf(id, kmsKeyId);
      const before = open.get(name);
      if (before !== undefined) drop(name, before);
      const timer = setTimeout(() => retire(name, key), Math.min(maxAge, 2 ** 31 - 1));
      timer.unref();
      const key: OpenKey = {
        dataKey: { id, key: plaintext },
        openedAt: now(),
        timer,
        uses: 1,
        bytes,
      };
      open.set(name, key);
      use.opened += 1;
      return key.dataKey;
    },
    use: () => ({ ...use }),
    close() {
      for (const { dataKey, timer } of open.values()) {
        clearTimeout(timer);
        dataKey.key.fill(0);
      }
      open.clear();
    },
  };
}

/**
 * The same data key under another KMS key is asked of KMS anew: only KMS can say that the key is the vault's. Both are
 * kept, because in the middle of a rewrap every other entry is under the other one.
 */
function nameOf(id: DataKeyId, kmsKeyId: string): string {
  return `${formatDataKeyId(id)} ${kmsKeyId}`;
}
