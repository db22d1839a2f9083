/** A backup that is restored into the empty vault while calls fail, until it says that it is done. */
import { expect } from 'vitest';
import type { Vault } from '../../../src/vault/index.ts';
import { bytes, text } from '../../support/world.ts';
import { brief } from './history-actors.ts';
import { createStage, type EmptyVault, withTrace } from './history-stage.ts';

const ACTOR = 'ops';
/** After so many tries all faults end. */
const PATIENCE = 15;
const MAX_TRIES = 20;

/** @returns how often it had to be started */
export async function runRestore(vault: EmptyVault, from: number): Promise<number> {
  const stage = createStage(vault, from, [ACTOR]);
  const { random, scheduler, weather, record } = stage;
  return withTrace(stage, async () => {
    const first = stage.calm();
    for (const name of ['A', 'B', 'C', 'D', 'GONE']) {
      for (let nth = 0; nth < 1 + random() * 3; nth += 1) await first.set(name, bytes(`${name} ${nth}`));
    }
    for (const name of ['D', 'GONE']) await first.delete(name);
    await first.purge('GONE');
    await first.publish();
    const before = await contents(first);
    let file = '';
    await first.backup(async (piece) => {
      file += piece;
    });
    for (const { name: region, parameters } of vault.regions) {
      for (const name of record.changed(region)) {
        if (await parameters.remove(name)) record.removed('fire', region, name, scheduler.now());
      }
    }
    let tries = 0;
    const [end] = await scheduler.run([
      async () => {
        for (let done = false; !done && tries < MAX_TRIES; tries += 1) {
          weather.begin(ACTOR);
          if (tries === PATIENCE) weather.heal();
          await scheduler.pause(500);
          const outcome = await stage
            .open(ACTOR)
            .restore(async function* () {
              yield file;
            })
            .then((result) => {
              done = true;
              return result;
            })
            .catch((error: unknown) => error);
          record.lines.push(`${scheduler.now()} restore -> ${brief(outcome)}`);
        }
      },
    ]);
    if (end?.status === 'rejected') throw end.reason;
    expect(tries, 'it was never done').toBeLessThan(MAX_TRIES);
    const calm = stage.calm();
    const synced = await calm.sync({ publishes: true });
    expect([synced.conflicts, synced.problems, synced.leftovers], 'what sync left').toEqual([[], [], []]);
    await calm.publish({ reconcile: true });
    expect(record.violations, 'an older value was put over a newer one').toEqual([]);
    expect(await contents(stage.calm()), 'what was restored').toEqual(before);
    for (const region of vault.regions) {
      const alone = stage.calm(region);
      const entries = (await contents(alone)).filter(({ deleted }) => !deleted);
      expect(entries, `what was restored in ${region.name}`).toEqual(
        before.filter(({ deleted }) => !deleted),
      );
      const { secrets } = await alone.boot();
      expect([...secrets.keys()].sort(), `the release in ${region.name}`).toEqual(['A', 'B', 'C']);
    }
    expect((await stage.calm().status()).equal, 'status says that all is equal').toBe(true);
    // What was purged before the backup goes on above its last revision.
    const { revision } = await stage.calm().set('GONE', bytes('again'));
    expect(revision, 'the revision of a name that was born again').toBeGreaterThan(2);
    return tries;
  });
}

interface Held {
  readonly name: string;
  readonly revision: number;
  readonly deleted: boolean;
  readonly value: string | undefined;
}

/** Every secret, its revision and its value. */
async function contents(vault: Vault): Promise<readonly Held[]> {
  const { secrets } = await vault.list();
  const values = await vault.load();
  return secrets.map(({ name, revision, deleted }) => {
    const value = values.get(name)?.value;
    return { name, revision, deleted, value: value && text(value) };
  });
}
