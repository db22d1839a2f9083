/** What must hold when a data key was rotated: looked at past all gates, by what lies in Parameter Store. */
import { expect } from 'vitest';
import { formatDataKeyId, isText, parseDataKeyRecord, parseEntry } from '../../src/envelope/index.ts';
import type { Vault } from '../../src/vault/index.ts';
import { HOME, parameter, text, VAULT, type World } from './world.ts';

/** The full names of the record and of the release's head. */
export const RECORD: string = parameter('.waxseal/data-key');
export const HEAD: string = parameter('.waxseal/release');

/** The id of the data key that a region's record names. */
export function recordId({ aws }: World, region: string): string {
  return formatDataKeyId(parseDataKeyRecord(aws.versions(region, RECORD).at(-1)?.value ?? '', VAULT).id);
}

/** The newest text of a parameter that counts: a write that lost its slot may lie above it. */
function counted({ aws }: World, region: string, name: string): string {
  const found = aws.versions(region, name).findLast(({ value, version }) => {
    const { slot } = parseEntry(value).wrapping;
    return slot.region !== region || slot.version === version;
  });
  return found?.value ?? '';
}

/** The ids of the data keys that what counts in a region is under: entries by name, and the head. */
export function sealedUnder(
  world: World,
  region: string,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const released = world.aws.versions(region, HEAD).length > 0;
  const all = [...names.map(parameter), ...(released ? [HEAD] : [])];
  return Object.fromEntries(
    all.map((name) => {
      const { core } = parseEntry(counted(world, region, name));
      return [name, formatDataKeyId(core.dataKeyId)];
    }),
  );
}

/** Everything that is current is under home's record, in every region, and the values are these; `null` is deleted. */
export async function checkRotated(
  world: World,
  regions: readonly string[],
  values: Readonly<Record<string, string | null>>,
  generation: number,
): Promise<void> {
  const id = recordId(world, HOME);
  expect(Number(id.split('.')[0])).toBe(generation);
  for (const region of regions) {
    expect(recordId(world, region), region).toBe(id);
    const under = sealedUnder(world, region, Object.keys(values));
    expect(new Set(Object.values(under)), `${region} ${JSON.stringify(under)}`).toEqual(new Set([id]));
  }
  const vault = world.open();
  const alive = Object.entries(values).filter(([, value]) => value !== null);
  for (const region of regions) {
    for (const [name, value] of alive) {
      const secret = await vault.get(name, { region });
      expect([text(secret.value), secret.binary]).toEqual([value, !isText(secret.value)]);
    }
  }
  await checkBoots(vault, Object.fromEntries(alive));
  expect(await vault.status()).toMatchObject({ equal: true });
}

/** The release holds these and nothing else. */
export async function checkBoots(
  vault: Vault,
  values: Readonly<Record<string, string | null>>,
): Promise<void> {
  const { secrets, release } = await vault.boot();
  expect(release).toBeDefined();
  expect(Object.fromEntries([...secrets].map(([name, { value }]) => [name, text(value)]))).toEqual(values);
}
