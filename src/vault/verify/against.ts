/** Holds what lies in a region against the region's own release and data key record. */

import { parameterName } from '../../secret-name.ts';
import { healing } from '../read.ts';
import { finding, putBackHint, RECORD_HINT } from './findings.ts';
import { type Authentic, isAuthentic, type Judged } from './judge.ts';
import type { Look } from './look.ts';
import type { JudgedRelease, MarkedItem } from './release.ts';
import type { Finding } from './types.ts';

const ROTATE_HINT = 'a rotation is under way, or was cut off: waxseal key rotate finishes it';

/**
 * Entries against the release. In home an older one was put back, for a publish takes what home holds; a replica may
 * have missed the entry and not the release, which is drift, and told where regions are compared.
 */
export function againstRelease(look: Look): readonly Finding[] {
  const { scope, region } = look.bench;
  const { release } = look;
  if (release?.items === undefined) return [];
  const number = release.head.core?.revision ?? 0;
  const isHome = region === scope.home;
  const findings: Finding[] = [];
  for (const [name, item] of release.items) {
    const judged = look.secrets.get(name);
    if (judged?.problem !== undefined) continue;
    if (!isAuthentic(judged)) {
      if (isHome && !item.tombstone) findings.push(removed(look, name, item, number));
    } else if (isHome) findings.push(...againstItem(look, name, judged, item, number));
  }
  for (const [name, judged] of look.secrets) {
    if (isAuthentic(judged)) findings.push(...aboveItem(look, judged, release, release.items.get(name)));
  }
  return findings;
}

function againstItem(
  look: Look,
  name: string,
  judged: Authentic,
  item: MarkedItem,
  number: number,
): readonly Finding[] {
  const { core } = judged;
  if (core.revision < item.revision) {
    const message = `an older one was put back: revision ${core.revision}, and release ${number} holds ${item.revision}`;
    return [finding(look, judged, 'fault', 'replayed', message, healing(name))];
  }
  if (core.revision > item.revision || holdsItem(judged, item)) return [];
  const message = `revision ${core.revision} is another one than release ${number} holds`;
  return [finding(look, judged, 'fault', 'replaced', message, healing(name))];
}

/** A revision above the release's: another value is staged; the same one was only sealed anew. */
function aboveItem(
  look: Look,
  judged: Authentic,
  { head }: JudgedRelease,
  item: MarkedItem | undefined,
): readonly Finding[] {
  const { revision } = judged.core;
  if (revision <= (item?.revision ?? 0)) return [];
  const number = head.core?.revision ?? 0;
  const what =
    item === undefined ? `not in release ${number}` : `release ${number} holds revision ${item.revision}`;
  if (item === undefined || !holdsValue(judged, item, markOf(look, item))) {
    return [
      finding(look, judged, 'note', 'staged', `staged: ${what}`, 'waxseal release publish publishes it'),
    ];
  }
  // Published by hand, a release keeps its revisions through a rotation: nothing is left to do.
  if (generationOf(judged) <= generationOf(head)) return [];
  const message = `sealed anew with the value that is published: revision ${revision}, and ${what}`;
  return [finding(look, judged, 'note', 'sealed_anew', message, ROTATE_HINT)];
}

/** Whether a parameter holds the very secret that a release does. */
export function holdsItem(judged: Judged | undefined, item: MarkedItem): boolean {
  if (!isAuthentic(judged)) return false;
  const { revision, sealedAt } = judged.core;
  if (revision !== item.revision || sealedAt !== item.sealedAt) return false;
  return item.large === undefined ? holdsValue(judged, item, item.mark) : judged.digest === hex(item.large);
}

/** What the value of an item is told apart by; of a large one it is known where its entry and parts are here. */
function markOf({ named }: Look, { large, mark }: MarkedItem): string | undefined {
  return large === undefined ? mark : named.get(hex(large))?.judged?.mark;
}

function hex(digest: Uint8Array): string {
  return Buffer.from(digest).toString('hex');
}

function holdsValue({ core, mark }: Authentic, item: MarkedItem, wanted: string | undefined): boolean {
  return (
    core.expiresAt === item.expiresAt &&
    core.flags.tombstone === item.tombstone &&
    core.flags.binary === item.binary &&
    mark !== undefined &&
    mark === wanted
  );
}

function removed(look: Look, name: string, item: MarkedItem, number: number): Finding {
  const parameter = parameterName(look.bench.scope.path, name);
  return finding(
    look,
    look.secrets.get(name) ?? parameter,
    'fault',
    'removed',
    `it is gone, and was not deleted: release ${number} holds revision ${item.revision}`,
    `"waxseal region sync" brings it back from a region that has it; else waxseal release rollback ${number}`,
  );
}

/**
 * Data key generations: none that was sealed with is above the record's; older ones are retired.
 * @param looks - the regions that answered
 */
export function againstRecord(look: Look, looks: readonly Look[]): readonly Finding[] {
  const { scope, region } = look.bench;
  const head = look.release?.head;
  const sealed = [...look.secrets.values(), ...(head === undefined ? [] : [head])].filter(isAuthentic);
  const newest = Math.max(0, ...sealed.map(generationOf));
  const { record } = look;
  const known = record?.problem === undefined ? record?.generation : undefined;
  const findings: Finding[] = [];
  if (record === undefined && newest > 0 && region === scope.home) {
    const message = 'the data key record is gone: the next write would begin with a new data key';
    findings.push(finding(look, scope.dataKeyName, 'fault', 'removed', message, RECORD_HINT));
  }
  if (record !== undefined && known !== undefined && known < newest) {
    const message = `a retired data key was put back: generation ${known}, and generation ${newest} has sealed already`;
    findings.push(finding(look, record, 'fault', 'data_key_put_back', message, putBackHint(looks, newest)));
  }
  const floor = Math.max(known ?? 0, head !== undefined && isAuthentic(head) ? generationOf(head) : 0);
  for (const judged of look.secrets.values()) {
    if (!isAuthentic(judged) || generationOf(judged) >= floor) continue;
    const message = `under a retired data key: generation ${generationOf(judged)}, the current one is ${floor}`;
    findings.push(
      finding(look, judged, 'note', 'retired_data_key', message, 'waxseal key rotate seals it anew'),
    );
  }
  return findings;
}

function generationOf({ core }: Pick<Judged, 'core'>): number {
  return core?.dataKeyId.generation ?? 0;
}
