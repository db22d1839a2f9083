/**
 * A home that never got what another region wrote looks like one where an older entry was put back, once the other
 * region's release came there without it: after a conflict, or a publish that reconciles. Home's own history tells the
 * two apart, for what was put back lies above what was there.
 */

import { entryIn } from '../../envelope/index.ts';
import { secretName } from '../../secret-name.ts';
import { digestOf } from '../ancestry.ts';
import { deadline } from '../deadline.ts';
import { holdsItem } from './against.ts';
import { isAuthentic, type Judged, problemOf } from './judge.ts';
import type { Look } from './look.ts';
import type { MarkedItem } from './release.ts';
import type { Finding } from './types.ts';

/** Calls drift what is no more than a conflict between regions. @param looks - the regions that answered */
export async function tellConflicts(
  looks: readonly Look[],
  findings: readonly Finding[],
): Promise<readonly Finding[]> {
  const told: Finding[] = [];
  for (const one of findings) told.push((await asConflict(looks, one)) ?? one);
  return told;
}

async function asConflict(looks: readonly Look[], one: Finding): Promise<Finding | undefined> {
  if (one.kind !== 'replayed' && one.kind !== 'replaced') return undefined;
  const here = looks.find(({ bench }) => bench.region.name === one.region);
  const name = here && secretName(here.bench.scope.path, one.parameter ?? '');
  const item = here?.release?.items?.get(name ?? '');
  const judged = here?.secrets.get(name ?? '');
  if (here === undefined || name === undefined || item === undefined || !isAuthentic(judged))
    return undefined;
  const there = looks.find((look) => look !== here && hasReached(look.secrets.get(name), item));
  if (there === undefined || (await everHeld(here, judged, item.revision))) return undefined;
  return {
    ...one,
    gravity: 'drift',
    message: `${name} never got here what release ${here.release?.head.core?.revision} holds and ${there.bench.region.name} has or went on from`,
    hint: 'waxseal region sync brings it here, or says what both sides are',
  };
}

/** Whether a region holds what a release does, or went on from there. */
function hasReached(judged: Judged | undefined, item: MarkedItem): boolean {
  return isAuthentic(judged) && (judged.core.revision > item.revision || holdsItem(judged, item));
}

/** Whether home once held another entry of a revision or above. Where that cannot be read, it may have. */
async function everHeld(look: Look, { parameter, digest }: Judged, revision: number): Promise<boolean> {
  const { scope, region, caller } = look.bench;
  let held = false;
  try {
    for await (const { value } of region.parameters.history(parameter, deadline(scope.timeout, caller))) {
      const entry = entryIn(value);
      held ||= entry !== undefined && entry.core.revision >= revision && digestOf(entry) !== digest;
    }
    return held;
  } catch (error) {
    problemOf(error, caller);
    return true;
  }
}
