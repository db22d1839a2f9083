/** One rotation under way: what it seals anew, how far it got, and what it met. */

import { isWaxsealError, type WaxsealError } from '../../../errors.ts';
import { parameterName } from '../../../secret-name.ts';
import { checkCancelled, deadline } from '../../deadline.ts';
import { secretValue } from '../../large/read.ts';
import { outliveRemoval } from '../../purge/purge.ts';
import type { LastRevision } from '../../release/past.ts';
import { mergeBehind } from '../../release/with-each.ts';
import { givingUp } from '../../replicas.ts';
import { replicate } from '../../replicate.ts';
import type { VaultScope } from '../../scope.ts';
import type { BehindRegion } from '../../types.ts';
import { type Change, commit } from '../../write.ts';
import { isUnder } from '../retired.ts';
import { putBack } from './look.ts';
import type { RotateOptions, RotationProblem } from './types.ts';

/** A rotation under way. */
export interface Run {
  readonly within: VaultScope;
  readonly problems: ReadonlyMap<string, RotationProblem>;
  begin(entries: number, others: number): void;
  through(): void;
  tell(behind: readonly BehindRegion[]): void;
  note(name: string, error: WaxsealError): void;
  /** Seals what stands under a name anew, unless the current data key sealed it. */
  sealAnew(name: string): Promise<void>;
  sealed(): number;
  progress(): string;
  behind(): readonly BehindRegion[];
}

/** How often a large secret is read anew while publishes take away the parts of what was read. */
const MAX_CHASES = 3;

async function chasing<T>(work: () => Promise<T>): Promise<T> {
  for (let chase = 1; ; chase += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isWaxsealError(error, 'large_incomplete') || chase === MAX_CHASES) throw error;
    }
  }
}

/** @param last - the revisions that were published */
export function startRun(scope: VaultScope, last: LastRevision, { signal, onProgress }: RotateOptions): Run {
  const within = givingUp(scope);
  const problems = new Map<string, RotationProblem>();
  let [sealed, done, total] = [0, 0, 0];
  let behind: readonly BehindRegion[] = [];
  const note = (name: string, error: WaxsealError): void => void problems.set(name, { name, error });
  const through = (): void => {
    done = Math.min(done + 1, total);
    onProgress?.({ done, total });
  };
  const tell = (lagging: readonly BehindRegion[]): void => {
    behind = mergeBehind(behind, lagging);
  };
  const sealAnew = async (name: string): Promise<void> => {
    checkCancelled(signal);
    const parameter = parameterName(scope.path, name);
    let deleted = false;
    const values: Uint8Array[] = [];
    const change: Change = async (current, dataKey) => {
      if (current === undefined || isUnder(current.entry, (await dataKey()).id)) return undefined;
      const { revision, expiresAt, flags } = current.entry.core;
      const published = last(name) ?? 0;
      // Sealed anew, what is older than it was would pass for newer: nothing may be reverted.
      if (current.damaged === true) return undefined;
      if (revision < published) {
        note(name, putBack(name, revision, published));
        return undefined;
      }
      deleted = flags.tombstone;
      if (deleted) return { value: undefined, expiresAt };
      try {
        const value = await secretValue(scope, scope.home, current, deadline(scope.timeout, signal));
        values.push(value);
        return { value, expiresAt };
      } catch (error) {
        // Whoever holds the data key can name parts that do not open.
        if (!isWaxsealError(error, 'decrypt_failed', 'malformed')) throw error;
        note(name, error);
        return undefined;
      }
    };
    try {
      const committed = await chasing(() => commit(within, parameter, change, signal));
      if (committed !== undefined) tell(await replicate(within, parameter, committed.entry));
      if (committed?.changed === true) {
        sealed += 1;
        // As any write on a tombstone: a purge may have taken it from home meanwhile.
        if (deleted) await outliveRemoval(within, parameter, committed.entry);
      }
    } catch (error) {
      // A value that cannot be had stays what it is, and does not keep the others from going on.
      if (!isWaxsealError(error, 'value_too_large', 'large_incomplete')) throw error;
      note(name, error);
    } finally {
      for (const value of values) value.fill(0);
    }
    through();
  };
  return {
    within,
    problems,
    begin: (entries, others) => {
      total = entries + others;
      onProgress?.({ done, total });
    },
    through,
    tell,
    note,
    sealAnew,
    sealed: () => sealed,
    progress: () => `${done} of ${total} things are under the current data key`,
    behind: () => behind,
  };
}
