/**
 * A writer's home against the one that the vault's descriptor names. A writer whose waxseal.json is older than a
 * promotion would decide revisions in a region that no longer does.
 */
import { WaxsealError } from '../errors.ts';
import type { StoredParameter } from './ports.ts';
import type { VaultScope } from './scope.ts';

/** What may be said again in a message: the descriptor is anybody's who may write parameters. */
const REGION = /^[a-z0-9-]{1,32}$/;

/**
 * Refuses a write where another region is home. The descriptor is not authenticated, so it can only refuse: where it
 * is missing, is another vault's or makes no sense, nothing is concluded from it.
 * @param descriptor - the descriptor as it stands in the region that the writer takes for home
 * @throws WaxsealError `conflict`
 */
export function checkDescribedHome(
  { home, path }: Pick<VaultScope, 'home' | 'path'>,
  descriptor: StoredParameter | undefined,
): void {
  const described = descriptor && describedHome(descriptor.value, path);
  if (described === undefined || described === home.name) return;
  throw new WaxsealError(
    'conflict',
    `the descriptor in ${home.name} says that home of ${path} is ${described}, not ${home.name}`,
    {
      hint: `nothing was written. Where home moved to ${described}: update waxseal.json (or WAXSEAL_REGIONS). Where it was promoted to ${home.name}: waxseal region promote ${home.name} says what is left to do`,
      region: home.name,
    },
  );
}

function describedHome(text: string, path: string): string | undefined {
  try {
    const { vault, home } = JSON.parse(text) as Record<string, unknown>;
    return vault === path && typeof home === 'string' && REGION.test(home) ? home : undefined;
  } catch {
    return undefined;
  }
}
