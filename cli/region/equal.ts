/** Whether all regions hold the same. */
import type { OpenVault } from '../../src/open-vault.ts';
import { noVault } from '../../src/vault/index.ts';

/**
 * What differs between the regions, a line each; nothing where every entry, every tombstone and the release are equal
 * in all of them.
 * @throws WaxsealError `vault_unknown`, and what listing can meet
 */
export async function equalEverywhere(
  { vault }: Pick<OpenVault, 'vault'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { secrets, exists, failed } = await vault.list({ signal });
  if (!exists) throw noVault(vault.path, vault.regions);
  const silent = Object.entries(failed).map(
    ([region, error]) => `${region} could not be compared: ${error.message}`,
  );
  // A region that did not answer is said once, not for every entry.
  if (silent.length > 0) return silent;
  const entries = secrets.flatMap(({ name, copies }) =>
    Object.entries(copies).flatMap(([region, state]) =>
      state === 'equal' ? [] : [`${name} is ${state} in ${region}`],
    ),
  );
  const { release, regions } = await vault.compareRelease({ signal });
  const releases = Object.entries(regions).flatMap(([region, there]) => {
    if (there === release) return [];
    const has = there === null ? 'a release that does not open' : `release ${there ?? 'none'}`;
    return [`${region} has ${has}, home has ${release ?? 'none'}`];
  });
  return [...entries, ...releases];
}
