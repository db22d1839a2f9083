/** One secret's copies, brought together. */
import type { Entry } from '../../envelope/index.ts';
import { isIntegrityError } from '../../errors.ts';
import { parameterName } from '../../secret-name.ts';
import { digestOf } from '../ancestry.ts';
import { claim } from '../claim.ts';
import { checkCancelled, deadline } from '../deadline.ts';
import { foundation, openFound } from '../effective.ts';
import { holds, secretValue } from '../large/read.ts';
import { copyParts } from '../large/write.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import { commit } from '../write.ts';
import { type Chain, planChain, settleChain } from './chain.ts';
import type { Held } from './classify.ts';
import { type Copy, foundCopy, openRow, type RegionContents, type Row, rowOf, toCopy } from './copies.ts';
import { sideOf, sidesOf } from './plan-row.ts';
import { askRegions, type Part, problemOf, type Run } from './run.ts';
import { checkParts } from './whole.ts';

/** What would be done with a secret as it was listed. */
export async function planSecret(
  run: Run,
  name: string,
  contents: ReadonlyMap<Region, RegionContents>,
): Promise<Part> {
  const signal = deadline(run.scope.timeout, run.signal);
  try {
    const row = await openSides(run.scope, rowOf(contents, name), signal, contents);
    return await planChain(run, { kind: 'secret', name, deletedAt: run.deleted.get(name) }, row);
  } catch (error) {
    checkCancelled(run.signal);
    return problemOf('secret', name, error);
  }
}

/** Brings a secret's copies together. */
export function syncSecret(run: Run, name: string): Promise<Part> {
  const { scope } = run;
  const parameter = parameterName(scope.path, name);
  const chain: Chain = {
    kind: 'secret',
    name,
    deletedAt: run.deleted.get(name),
    async read() {
      const signal = deadline(scope.timeout, run.signal);
      const row = await askRegions(run, async (region) => {
        const top = (await region.parameters.read([parameter], signal)).get(parameter);
        return top && (await toCopy(region, top, signal));
      });
      return openSides(scope, row, signal);
    },
    async bring(from, { region, copy, how }) {
      const { entry } = from.found;
      await copyParts(scope, entry, from.region, region, run.signal);
      if (how === 'complete') return 'parts';
      // The parts took their time.
      const signal = deadline(scope.timeout);
      return (await claim(scope, region, parameter, entry, copy?.top, signal)) ? 'entry' : 'nothing';
    },
    merge: (row, preferred) => merge(run, row, preferred),
  };
  return settleChain(run, chain);
}

/**
 * Opens a row. Where the newest version is not to be trusted, what lies below it counts: somebody may have overwritten
 * the only copy of a newer revision.
 */
async function openSides(
  scope: VaultScope,
  found: Row,
  signal: AbortSignal,
  listed?: ReadonlyMap<Region, RegionContents>,
): Promise<Row> {
  const row = new Map<Region, Copy | undefined>(await openRow(scope, found, signal));
  for (const [region, copy] of row) {
    if (copy === undefined || !isIntegrityError(copy.problem)) continue;
    const below = await foundation(scope, region, copy.top, signal);
    below?.content.fill(0);
    if (below !== undefined) row.set(region, { top: copy.top, found: foundCopy(below), damaged: true });
  }
  return checkParts(scope, row, signal, listed);
}

/** Seals the preferred value, or tombstone, at home on top of what home has; nothing where home has it already. */
async function merge(
  run: Run,
  row: Row,
  preferred: Held,
): Promise<{ readonly entry: Entry; readonly changed: boolean } | undefined> {
  const { scope } = run;
  const parameter = preferred.found.stored.name;
  const signal = deadline(scope.timeout, run.signal);
  const seen = sideOf(row.get(scope.home))?.digest;
  const above = Math.max(
    ...sidesOf(row)
      .filter(({ found }) => found.digest !== seen)
      .map(({ found }) => found.entry.core.revision),
  );
  const { core } = preferred.found.entry;
  const opened = await openFound(scope, preferred.region, parameter, preferred.found, signal);
  const value = await secretValue(scope, preferred.region, opened, signal);
  const wanted = core.flags.tombstone ? undefined : value;
  let overtaken = false;
  try {
    const committed = await commit(
      scope,
      parameter,
      async (current) => {
        overtaken = (current && digestOf(current.entry)) !== seen;
        if (overtaken) return undefined;
        // Sealed before, by a run that was cut off: the others are still to get it.
        if (current !== undefined && current.entry.core.revision > above) {
          const { tombstone } = current.entry.core.flags;
          const same =
            wanted === undefined ? tombstone : await holds(scope, scope.home, current, wanted, signal);
          if (same && current.entry.core.expiresAt === core.expiresAt) return undefined;
        }
        return { value: wanted, expiresAt: core.expiresAt, above };
      },
      run.signal,
    );
    return overtaken ? undefined : committed;
  } finally {
    value.fill(0);
  }
}
