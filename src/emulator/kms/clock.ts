import type { KeyRecord, Tables } from '../records.ts';
import type { Store, Tx } from '../state/store.ts';
import { days, newMaterial } from './material.ts';
import { familyRegion } from './resolve.ts';

/** When there is something to do next, as long as no key changes. */
const horizons = new WeakMap<Store, { readonly revision: number; readonly at: number }>();

const revisionOf = (store: Store): number => store.revision('family') + store.revision('key');

/**
 * Lets time do its work on the keys: deletes those whose date has passed, starts the waiting period of a
 * primary whose last replica went, and rotates what is due. Call it before each request.
 */
export function advanceKeys(store: Store, now: number): void {
  const horizon = horizons.get(store);
  if (horizon?.revision === revisionOf(store) && now < horizon.at) return;
  const at = store.transact((tx) => {
    for (const family of tx.list('family', familyRegion)) {
      deleteDue(tx, family, now);
      rotateDue(tx, family.id, now);
    }
    return nextDue(tx);
  });
  horizons.set(store, { revision: revisionOf(store), at });
}

function nextDue(tx: Tx): number {
  let at = Number.POSITIVE_INFINITY;
  for (const family of tx.list('family', familyRegion)) {
    const relatives = family.regions.flatMap((region) => tx.get('key', region, family.id) ?? []);
    for (const { deletion } of relatives) at = Math.min(at, deletion?.at ?? at);
    const primary = relatives.find(({ region }) => region === family.primaryRegion);
    // Whatever lets an overdue rotation happen after all is a change of the key.
    if (rotates(primary)) at = Math.min(at, family.rotation?.next ?? at);
  }
  return at;
}

function deleteDue(tx: Tx, family: Tables['family'], now: number): void {
  const relatives = family.regions.flatMap((region) => tx.get('key', region, family.id) ?? []);
  const replicas = relatives.filter((key) => key.region !== family.primaryRegion);
  const due = replicas.filter((key) => isDue(key, now));
  for (const key of due) deleteKey(tx, key);
  const gone = new Set(due.map((key) => key.region));
  const primary = relatives.find((key) => key.region === family.primaryRegion);
  if (primary?.deletion !== undefined && replicas.length === due.length) {
    // "The waiting period begins when the last of its replica keys is deleted."
    const lastGone = Math.max(...due.map((key) => key.deletion?.at ?? now));
    const at = primary.deletion.at ?? (due.length > 0 ? lastGone : now) + days(primary.deletion.windowDays);
    const dated = { ...primary, deletion: { ...primary.deletion, at } };
    if (isDue(dated, now)) {
      deleteKey(tx, primary);
      gone.add(primary.region);
    } else if (primary.deletion.at === undefined) tx.put('key', primary.region, primary.id, dated);
  }
  if (gone.size === 0) return;
  const regions = family.regions.filter((region) => !gone.has(region));
  // With the last relative the material goes too: nothing sealed under it can ever be opened.
  if (regions.length === 0) tx.delete('family', familyRegion, family.id);
  else tx.put('family', familyRegion, family.id, { ...family, regions });
}

function isDue(key: KeyRecord, now: number): boolean {
  return key.deletion?.at !== undefined && key.deletion.at <= now;
}

function deleteKey(tx: Tx, key: KeyRecord): void {
  for (const alias of tx.list('alias', key.region))
    if (alias.keyId === key.id) tx.delete('alias', key.region, alias.name);
  tx.delete('key', key.region, key.id);
}

function rotates(primary: KeyRecord | undefined): boolean {
  return primary?.enabled === true && primary.deletion === undefined;
}

function rotateDue(tx: Tx, id: string, now: number): void {
  const family = tx.get('family', familyRegion, id);
  if (family?.rotation === undefined || family.rotation.next > now) return;
  // "KMS does not rotate disabled keys or keys pending deletion", but catches up when they come back.
  const primary = tx.get('key', family.primaryRegion, id);
  if (!rotates(primary)) return;
  const { periodDays } = family.rotation;
  const materials = [...family.materials];
  let { next } = family.rotation;
  for (; next <= now; next += days(periodDays)) materials.push(newMaterial(next, 'AUTOMATIC'));
  tx.put('family', familyRegion, id, { ...family, materials, rotation: { periodDays, next } });
}
