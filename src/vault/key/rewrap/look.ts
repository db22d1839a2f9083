/** All regions of a vault, listed for what carries a wrapped data key. */
import type { WaxsealError } from '../../../errors.ts';
import { checkCancelled, deadline } from '../../deadline.ts';
import type { Region, StoredParameter } from '../../ports.ts';
import { answering, failures, readContents } from '../../region/copies.ts';
import type { VaultScope } from '../../scope.ts';
import type { KeyProblem } from './types.ts';
import { type Wrapped, wrappedIn } from './wrapped.ts';

/** What was found. */
export interface Look {
  readonly exists: boolean;
  /** By region, home first: those that answered. */
  readonly wrapped: ReadonlyMap<Region, readonly Wrapped[]>;
  readonly problems: readonly KeyProblem[];
  /** The regions that did not answer, and why. */
  readonly failed: Readonly<Record<string, WaxsealError>>;
}

/** Lists all regions at once. @throws WaxsealError `cancelled`; a region that does not answer is part of what is found */
export async function lookAtKeys(scope: VaultScope, caller: AbortSignal | undefined): Promise<Look> {
  checkCancelled(caller);
  // A large vault lists for longer than one read may take; a region that falls silent ends sooner.
  const signal = deadline(scope.timeout * 10, caller);
  const contents = await readContents(scope, signal);
  checkCancelled(caller);
  const wrapped = new Map<Region, readonly Wrapped[]>();
  const problems: KeyProblem[] = [];
  for (const [region, { copies, own }] of answering(contents)) {
    const tops: StoredParameter[] = [...[...copies.values()].map(({ top }) => top), ...own.values()];
    const found = await wrappedIn(scope, region, tops, signal);
    wrapped.set(region, found.wrapped);
    problems.push(...found.problems);
  }
  return { exists: contents.exists, wrapped, problems, failed: failures(contents) };
}
