/** One random history in three regions, from its first write to the command that brings all regions together. */
import type { SyncConflict, SyncKind, SyncResult } from '../../../src/vault/index.ts';
import { draw } from '../../support/seed.ts';
import { bytes } from '../../support/world.ts';
import { brief, hear, maintainer, type Told, writer } from './history-actors.ts';
import { checkAll } from './history-checks.ts';
import { createStage, type EmptyVault, withTrace } from './history-stage.ts';

const WRITERS = ['ann', 'bob', 'eve'];
const MAINTENANCE = 'ops';
/** Of each writer. */
const OPERATIONS = 7;

/** Runs it and checks all that must hold. @throws Error with everything that happened @returns what was told */
export async function runHistory(vault: EmptyVault, from: number): Promise<Told> {
  const stage = createStage(vault, from, [...WRITERS, MAINTENANCE]);
  const { random, record, told, regions } = stage;
  const names = ['A', 'B', 'C', 'D'].slice(0, 3 + Math.floor(random() * 2));
  // Values that do not compress, so that the release has parts; or so large that they lie in parts themselves.
  const kind = random();
  const pad = (length: number): string => Array.from({ length }, () => random().toString(36)).join('');
  const padding = (): string => {
    if (kind < 0.3) return pad(120);
    return kind < 0.6 && random() < 0.5 ? pad(450) : '';
  };
  return withTrace(stage, async () => {
    if (random() < 0.5) {
      for (const name of names) {
        const value = `${name} in the beginning${padding()}`;
        told.values.set(name, new Set([value]));
        await stage.calm().set(name, bytes(value));
      }
      await stage.calm().publish();
    }
    const ends = await stage.scheduler.run([
      ...WRITERS.map((actor) => writer(stage, actor, { names, operations: OPERATIONS, padding })),
      maintainer(stage, MAINTENANCE),
    ]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    record.lines.push('all faults end');
    const { conflicts } = await stage.calm().planSync({ publishes: true });
    hear(stage, conflicts);
    const sided = (kind: SyncKind): readonly SyncConflict[] => conflicts.filter((one) => one.kind === kind);
    // For each conflict a region that holds a side of it.
    const any = { sides: regions.map((region) => ({ region })) };
    const chosen: Record<string, string> = Object.fromEntries(
      sided('secret').map(({ name, sides }) => [name, draw(random, sides).region] as const),
    );
    const prefer = { region: draw(random, (sided('data-key')[0] ?? any).sides).region, names: chosen };
    const settle = async (): Promise<SyncResult> => {
      const done = await stage.calm().sync({ prefer, publishes: true });
      record.lines.push(`sync, prefers ${JSON.stringify(prefer)} -> ${brief(done)}`);
      return done;
    };
    let synced = await settle();
    // A copy that arrived after a purge is a side of which there are no parts any more: sync says so, and another is had.
    for (const region of regions) {
      const gone = synced.problems.filter(
        ({ name, error }) => chosen[name] !== undefined && error.code === 'large_incomplete',
      );
      if (gone.length === 0) break;
      for (const { name } of gone) chosen[name] = region;
      synced = await settle();
    }
    for (const { name } of synced.leftovers) {
      const purged = await stage.calm().purge(name);
      record.lines.push(`purge ${name} -> ${brief(purged)}`);
    }
    const published = await stage.calm().publish({ reconcile: true });
    record.lines.push(`publish -> ${brief(published)}`);
    await checkAll({ vault, stage, names, synced, published });
    return told;
  });
}
