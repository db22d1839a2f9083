/** Undoing what was done to one secret: its older value, or its last one before it was deleted, as a new revision. */
import { isWaxsealError, WaxsealError } from '../../errors.ts';
import { checkSecretName, parameterName } from '../../secret-name.ts';
import { deadline } from '../deadline.ts';
import { foundation, type OpenedEntry } from '../effective.ts';
import { firstAnswer } from '../hedge.ts';
import { holds, secretValue } from '../large/read.ts';
import type { Region } from '../ports.ts';
import { described, notFound, openTop } from '../read.ts';
import type { VaultScope } from '../scope.ts';
import type { SecretRevision, UndoResult, WhichRevision, WriteRequest, WriteResult } from '../types.ts';
import type { Change } from '../write.ts';
import { isCovered } from './kept.ts';
import { partsNotKept } from './parts-kept.ts';
import { byRevision, findPast, lastValue, type PastEntry } from './past.ts';

/** Home decides on a change, then the replicas follow. */
type Write = (change: Change) => Promise<WriteResult>;

/** Opens one revision. @throws WaxsealError as {@link findPast}; `already_exists` for what is not deleted */
export async function readRevision(
  scope: VaultScope,
  name: string,
  which: WhichRevision,
  caller?: AbortSignal,
): Promise<SecretRevision> {
  const parameter = parameterName(scope.path, checkSecretName(scope.path, name));
  return firstAnswer(
    scope,
    async (region, signal) => {
      const top = (await region.parameters.read([parameter], signal)).get(parameter);
      const current =
        which === 'now'
          ? top && (await openTop(scope, name, region, top, signal))
          : await foundation(scope, region, top, signal);
      if (current === undefined) throw gone(scope, name, region);
      const past = await lookUp(scope, region, name, current, which, signal);
      if (past.content !== current.content) current.content.fill(0);
      return toRevision(name, past, await valueIn(scope, name, past, current, signal));
    },
    caller,
  );
}

/** Gives a secret the value of one of its revisions again. @throws WaxsealError as {@link readRevision} */
export async function rollbackSecret(
  scope: VaultScope,
  name: string,
  revision: number,
  request: Pick<WriteRequest, 'signal'>,
  write: Write,
): Promise<UndoResult> {
  checkSecretName(scope.path, name);
  return undo(scope, name, revision, request, write);
}

/** Gives a deleted secret its last value again. @throws WaxsealError as {@link readRevision} */
export async function undelete(
  scope: VaultScope,
  name: string,
  request: Pick<WriteRequest, 'signal'>,
  write: Write,
): Promise<UndoResult> {
  checkSecretName(scope.path, name);
  return undo(scope, name, 'before-deletion', request, write);
}

async function undo(
  scope: VaultScope,
  name: string,
  which: WhichRevision,
  { signal: caller }: Pick<WriteRequest, 'signal'>,
  write: Write,
): Promise<UndoResult> {
  const opened: { readonly past: PastEntry; readonly value: Uint8Array }[] = [];
  try {
    // Looked for anew each time somebody came between: what it is linked with is what stands then.
    const result = await write(async (current) => {
      if (current === undefined) throw gone(scope, name, scope.home);
      const signal = deadline(scope.timeout, caller);
      const past = await lookUp(scope, scope.home, name, current, which, signal);
      const { expiresAt, flags, revision } = past.entry.core;
      if (flags.tombstone) {
        throw new WaxsealError('not_found', `revision ${revision} of ${name} deleted it: it has no value`, {
          hint: `to delete it: waxseal delete ${name}; "waxseal history ${name}" shows what there is to go back to`,
          region: past.region.name,
        });
      }
      const value = await wholeValue(scope, name, past, current, signal);
      opened.push({ past, value });
      const isSame =
        current.entry.core.expiresAt === expiresAt &&
        (await holds(scope, scope.home, current, value, signal));
      // What somebody put on top of it hides it from readers until something is written above that.
      if (isSame && !(await isCovered(scope.home, current, signal))) return undefined;
      return { value, expiresAt, above: past.highest };
    });
    const last = opened.at(-1);
    if (last === undefined) throw gone(scope, name, scope.home);
    const { revision, expiresAt, linked } = toRevision(name, last.past, undefined);
    return { ...result, from: revision, expiresAt, linked };
  } finally {
    for (const { value } of opened) value.fill(0);
  }
}

async function lookUp(
  scope: VaultScope,
  region: Region,
  name: string,
  current: OpenedEntry,
  which: WhichRevision,
  signal: AbortSignal,
): Promise<PastEntry> {
  const { revision, flags } = current.entry.core;
  if (which === 'before-deletion' && !flags.tombstone) {
    throw new WaxsealError('already_exists', `${name} is not deleted: revision ${revision} is there`, {
      hint: `to go back to an older value: waxseal rollback ${name} --to …, as "waxseal history ${name}" shows them`,
      region: region.name,
    });
  }
  const wanted =
    which === 'before-deletion'
      ? lastValue(name, revision)
      : byRevision(name, which === 'now' ? revision : which);
  const regions = [region, ...scope.regions.filter((other) => other !== region)];
  return findPast(scope, regions, current, wanted, signal);
}

/** Nothing is there that could be undone: not even a tombstone. */
function gone(scope: VaultScope, name: string, region: Region): WaxsealError {
  const { code, message } = notFound(scope, name, region);
  return new WaxsealError(code, message, {
    hint: 'of a name that was purged, releases of the past and pins ("waxseal release list") or a backup may hold the value',
    region: region.name,
  });
}

/** The value of a revision; undefined for a deletion. */
async function valueIn(
  scope: VaultScope,
  name: string,
  past: PastEntry,
  current: OpenedEntry,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  return past.entry.core.flags.tombstone ? undefined : wholeValue(scope, name, past, current, signal);
}

/** @throws WaxsealError `large_incomplete`, which of the past means that the value was removed in time */
async function wholeValue(
  scope: VaultScope,
  name: string,
  past: PastEntry,
  current: OpenedEntry,
  signal: AbortSignal,
): Promise<Uint8Array> {
  try {
    return await secretValue(scope, past.region, past, signal);
  } catch (error) {
    const { revision } = past.entry.core;
    const isPast = revision !== current.entry.core.revision;
    throw isPast && isWaxsealError(error, 'large_incomplete') ? partsNotKept(name, revision, error) : error;
  }
}

function toRevision(name: string, opened: PastEntry, value: Uint8Array | undefined): SecretRevision {
  return {
    ...described(name, opened, opened.region),
    value,
    storedAt: opened.stored.modifiedAt,
    writtenBy: opened.stored.modifiedBy,
    linked: opened.linked,
  };
}
