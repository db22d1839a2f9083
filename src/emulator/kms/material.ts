import { randomBytes } from 'node:crypto';
import type { Family, Material } from '../records.ts';

const day = 24 * 60 * 60 * 1000;

export function newMaterial(now: number, rotation?: 'AUTOMATIC' | 'ON_DEMAND'): Material {
  const material = { id: randomBytes(32).toString('hex'), bytes: randomBytes(32).toString('base64') };
  return { ...material, createdAt: now, ...(rotation === undefined ? {} : { rotation }) };
}

/** The material that encrypts. */
export function currentMaterial(family: Family): Material {
  const last = family.materials.at(-1);
  if (last === undefined) throw new Error(`key ${family.id} has no material`);
  return last;
}

export function days(count: number): number {
  return count * day;
}
