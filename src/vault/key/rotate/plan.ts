/** What a rotation would do, and why. */
import { formatDataKeyId } from '../../../envelope/index.ts';
import { isIntegrityError, WaxsealError } from '../../../errors.ts';
import { checkCancelled, deadline } from '../../deadline.ts';
import { readRelease, wipe } from '../../release/open.ts';
import { lastRevisions } from '../../release/past.ts';
import type { VaultScope } from '../../scope.ts';
import { isDue } from './age.ts';
import { type KeyLook, lookAtKeys } from './look.ts';
import type { RotationKind, RotationPlan } from './types.ts';

/** What is to be done. */
export interface Decision {
  readonly kind: RotationKind;
  /** The record names an older data key than has sealed already, or none that can be trusted. */
  readonly retired: boolean;
  /** The generation that a new data key is above. */
  readonly above: number;
}

/**
 * A rotation that was cut off is finished first. A record that was put back, or is not to be trusted, needs a new one.
 * @param from - the data key that is to be replaced
 */
export function decide(look: KeyLook, from?: string): Decision {
  const { record, floor, names, entries, copies, release, published } = look;
  const above = Math.max(floor, record?.id.generation ?? 0);
  const generation = record?.id.generation ?? 0;
  const retired = floor > generation;
  if (record === undefined && names.length === 0 && !published)
    return { kind: 'none', retired: false, above };
  if (record === undefined || retired) return { kind: 'new', retired, above };
  if (entries.length + copies.length > 0 || release) return { kind: 'finish', retired, above };
  const replaced = from !== undefined && from !== formatDataKeyId(record.id);
  return { kind: replaced ? 'none' : 'new', retired, above };
}

/** What a rotation would do. @throws WaxsealError `usage` as rotating does, home's failure, `cancelled` */
export async function planRotation(scope: VaultScope, caller?: AbortSignal): Promise<RotationPlan> {
  checkHome(scope);
  checkCancelled(caller);
  const look = await lookAtKeys(scope, await lastRevisions(scope), caller);
  const { record } = look;
  const { kind, retired, above } = decide(look);
  const isNew = kind === 'new';
  const createdAt = record && record.id.createdAt * 1000;
  const names = kind === 'none' ? [] : isNew ? look.names : look.entries;
  const entries = names.length;
  const parts = names.reduce((sum, name) => sum + (look.parts.get(name) ?? 0), 0);
  const release = look.published && (isNew || look.release || entries > 0);
  return {
    exists: look.exists,
    kind,
    dataKeyId: record && formatDataKeyId(record.id),
    createdAt,
    due: kind === 'finish' || (isNew && (createdAt === undefined || retired || isDue(scope, createdAt))),
    generation: isNew ? above + 1 : (record?.id.generation ?? 0),
    retired,
    entries,
    writes: (isNew ? 1 : 0) + entries + parts + (release ? await releaseSize(scope, caller) : 0),
    problems: look.problems,
    failed: look.failed,
  };
}

/** @throws WaxsealError `usage` */
export function checkHome({ actsFor, home }: VaultScope): void {
  if (actsFor === undefined) return;
  throw new WaxsealError('usage', `the data key is rotated at home, ${actsFor.name}, not in ${home.name}`, {
    hint: 'wait until home answers; if it stays away: waxseal region promote',
  });
}

/** Parameters that the release takes; a head's for one that cannot be opened. */
async function releaseSize(scope: VaultScope, caller?: AbortSignal): Promise<number> {
  try {
    const release = await readRelease(scope, scope.home, deadline(scope.timeout * 10, caller));
    wipe(release);
    return (release?.parts.length ?? 0) + 1;
  } catch (error) {
    if (!isIntegrityError(error)) throw error;
    return 1;
  }
}
