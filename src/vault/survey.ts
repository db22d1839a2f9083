/** All secrets of a vault and how their copies agree: one listing a region, all regions at once. */
import { formatDataKeyId } from '../envelope/index.ts';
import { WaxsealError } from '../errors.ts';
import { checkCancelled, deadline } from './deadline.ts';
import type { Region } from './ports.ts';
import { byNumber, referenceOf, statesOf } from './region/classify.ts';
import {
  answering,
  failures,
  namesIn,
  openRow,
  type RegionContents,
  readContents,
  rowOf,
} from './region/copies.ts';
import type { CopyState } from './region/types.ts';
import type { VaultScope } from './scope.ts';
import type { ListedSecret, Listing } from './types.ts';

/** Lists a vault. @throws WaxsealError home's failure, when no region answered at all */
export async function surveyVault(scope: VaultScope, caller?: AbortSignal): Promise<Listing> {
  checkCancelled(caller);
  // A large vault lists for longer than one read may take; a region that falls silent ends sooner.
  const signal = deadline(scope.timeout * 10, caller);
  const contents = await readContents(scope, signal);
  checkCancelled(caller);
  const answered = answering(contents);
  const failed = failures(contents);
  const [counting] = answered.keys();
  if (counting === undefined) {
    throw failed[scope.home.name] ?? new WaxsealError('unexpected', 'no region was asked');
  }
  const secrets = await Promise.all(
    namesIn(answered).map((name) => listSecret(scope, name, counting, answered, signal)),
  );
  return { secrets, region: counting.name, exists: contents.exists, failed };
}

async function listSecret(
  scope: VaultScope,
  name: string,
  counting: Region,
  contents: ReadonlyMap<Region, RegionContents>,
  signal: AbortSignal,
): Promise<ListedSecret> {
  const row = await openRow(scope, rowOf(contents, name), signal);
  const states = await statesOf(row, referenceOf(scope, row), byNumber);
  const copies: Record<string, CopyState> = Object.fromEntries(
    scope.regions.map((region) => [region.name, states.get(region) ?? 'unreachable'] as const),
  );
  // Known elsewhere only: shown from there, so that it is not overlooked.
  const shown = row.get(counting) ?? [...row.values()].find((copy) => copy?.found !== undefined);
  if (shown?.found === undefined) {
    const problem = shown?.problem ?? new WaxsealError('not_found', 'no region holds a readable copy');
    const unknown = { revision: 0, sealedAt: 0, binary: false, deleted: false, dataKeyId: '' };
    return { name, ...unknown, problem, copies };
  }
  const { core } = shown.found.entry;
  return {
    name,
    revision: core.revision,
    sealedAt: core.sealedAt * 1000,
    expiresAt: core.expiresAt === 0 ? undefined : core.expiresAt * 1000,
    binary: core.flags.binary,
    deleted: core.flags.tombstone,
    ...(core.flags.chunked && { large: true }),
    dataKeyId: formatDataKeyId(core.dataKeyId),
    problem: shown.problem,
    copies,
  };
}
