/** Whether all regions hold the same. */
import type { OpenVault } from '../../src/open-vault.ts';
import { noVault } from '../../src/vault/index.ts';

/** What keeps the regions from being equal. */
export interface Differences {
  /** A line each; none where every entry, the release and the data key record are equal everywhere. */
  readonly lines: readonly string[];
  /** Some region did not answer: it could not be compared. */
  readonly silent: boolean;
}

/**
 * Compares the regions.
 * @throws WaxsealError `vault_unknown`, and what listing can meet
 */
export async function equalEverywhere(
  { vault }: Pick<OpenVault, 'vault'>,
  signal: AbortSignal,
): Promise<Differences> {
  const { exists, entries, regions, equal } = await vault.status({ signal });
  // A region that did not answer is said once, not for every entry.
  const silent = regions.flatMap(({ region, error }) =>
    error === undefined ? [] : [`${region} could not be compared: ${error.message}`],
  );
  if (silent.length > 0) return { lines: silent, silent: true };
  if (!exists) throw noVault(vault.path, vault.regions);
  if (equal) return { lines: [], silent: false };
  const secrets = entries.flatMap(({ name, drift, cells }) =>
    Object.entries(cells).flatMap(([region, { state }]) =>
      drift && state !== 'equal' ? [`${name} is ${state} in ${region}`] : [],
    ),
  );
  const own = regions.flatMap(({ region, release, dataKey }) => [
    ...(release.state === 'equal' ? [] : [`the release is ${release.state} in ${region}`]),
    ...(dataKey.state === 'equal' ? [] : [recordLine(region, dataKey.state)]),
  ]);
  return { lines: [...secrets, ...own], silent: false };
}

function recordLine(region: string, state: string): string {
  return state === 'retired'
    ? `the data key record in ${region} is a retired one that was put back (waxseal status says what mends it)`
    : `the data key record is ${state} in ${region}`;
}
