/** AWS regions by their names. Loads nothing, so that the start of an application may ask it. */

/** What an AWS region's name looks like. */
export const REGION_NAME: RegExp = /^[a-z]{2,4}(-[a-z]+){1,2}-\d{1,2}$/;

/** What is asked of a configuration here: its vaults' regions. */
export interface VaultRegions {
  readonly vaults: Readonly<Record<string, { readonly home: string; readonly replicas: readonly string[] }>>;
}

/** Every region that any vault names, each once. */
export function regionsOf(config: VaultRegions): readonly string[] {
  return [...new Set(Object.values(config.vaults).flatMap(({ home, replicas }) => [home, ...replicas]))];
}

/** The partition that a region lies in; accounts and keys do not reach across. */
export function partitionOf(region: string): string {
  const found = PARTITIONS.find(([prefix]) => region.startsWith(prefix));
  return found === undefined ? 'aws' : found[1];
}

/** Source: "AWS partitions" in the SDK's endpoint rules (partitions.json, regionRegex). */
const PARTITIONS: readonly (readonly [prefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['us-iso-', 'aws-iso'],
  ['eu-isoe-', 'aws-iso-e'],
  ['eusc-', 'aws-eusc'],
];
