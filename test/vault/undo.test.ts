import { describe, expect, it } from 'vitest';
import { encodeEntry, parseEntry } from '../../src/envelope/index.ts';
import { isWaxsealError } from '../../src/errors.ts';
import { publishingWithEach, type Vault } from '../../src/vault/index.ts';
import { createScheduler } from '../support/scheduler.ts';
import { randomNumbers, rounds, seed, tried } from '../support/seed.ts';
import {
  bytes,
  createWorld,
  failing,
  HOME,
  parameter,
  REPLICA,
  rejection,
  text,
  type World,
} from '../support/world.ts';

const NAME = 'A';
const DAY = 86_400_000;

/** A world where the secret had these values, one revision each; `undefined` deletes it. */
async function withValues(...values: readonly (string | undefined)[]): Promise<World> {
  const world = createWorld();
  const vault = world.open();
  for (const value of values) {
    if (value === undefined) await vault.delete(NAME);
    else await vault.set(NAME, bytes(value));
  }
  return world;
}

/** The text of a version as it lies in a region. */
function lies({ aws }: World, version: number, region: string = HOME, name: string = NAME): string {
  return aws.versions(region, parameter(name)).find((one) => one.version === version)?.value ?? '';
}

/** The same entry with another claim, which anybody can write: the slot is outside of what is sealed. */
function claiming(entry: string, region: string, version: number): string {
  const parsed = parseEntry(entry);
  return encodeEntry({ ...parsed, wrapping: { ...parsed.wrapping, slot: { region, version } } });
}

/** What stands in each region. */
async function stands(vault: Vault): Promise<readonly string[]> {
  const [home, replica] = await Promise.all(
    [HOME, REPLICA].map(async (region) => {
      const { revision, value } = await vault.get(NAME, { region });
      return `${revision} ${text(value)}`;
    }),
  );
  return [home ?? '', replica ?? ''];
}

describe('a rollback', () => {
  it('gives the old value again, with its expiry of then, as a new revision in every region', async () => {
    const world = await withValues();
    const vault = world.open();
    const expiresAt = Math.floor(Date.now() / DAY) * DAY + 30 * DAY;
    await vault.set(NAME, Uint8Array.of(0, 255, 7), { expiresAt });
    await vault.set(NAME, bytes('two'));
    const opened = world.open();
    expect(await opened.rollbackSecret(NAME, 1)).toEqual({
      name: NAME,
      revision: 3,
      changed: true,
      behind: [],
      from: 1,
      expiresAt,
      linked: true,
    });
    for (const region of [HOME, REPLICA]) {
      const { revision, value, binary, expiresAt: until } = await world.open().get(NAME, { region });
      expect([revision, [...value], binary, until]).toEqual([3, [0, 255, 7], true, expiresAt]);
    }
    expect((await opened.history(NAME)).map(({ revision, linked }) => [revision, linked])).toEqual([
      [3, true],
      [2, true],
      [1, true],
    ]);
  });

  it('writes nothing where the value stands already, also under a later revision', async () => {
    const world = await withValues('one', 'two', 'one');
    const before = world.aws.versions(HOME, parameter(NAME)).length;
    for (const revision of [1, 3]) {
      expect(await world.open().rollbackSecret(NAME, revision)).toMatchObject({
        revision: 3,
        changed: false,
      });
    }
    expect(world.aws.versions(HOME, parameter(NAME))).toHaveLength(before);
  });

  it('refuses a revision that deleted it, one that never was, and a name that never was', async () => {
    const { open } = await withValues('one', undefined, 'three');
    const deleted = await rejection(open().rollbackSecret(NAME, 2), 'not_found');
    expect(deleted.hint).toContain('waxseal delete A');
    for (const revision of [4, 99]) {
      const missing = await rejection(open().rollbackSecret(NAME, revision), 'not_found');
      expect(missing.hint).toContain('waxseal release list');
    }
    await rejection(open().rollbackSecret('NEVER', 1), 'not_found');
    await rejection(open().rollbackSecret('../B', 1), 'invalid_name');
    expect(await stands(open())).toEqual(['3 three', '3 three']);
  });

  it('brings a deleted secret back too', async () => {
    const { open } = await withValues('one', 'two', undefined);
    expect(await open().rollbackSecret(NAME, 1)).toMatchObject({ revision: 4, from: 1 });
    expect(await stands(open())).toEqual(['4 one', '4 one']);
  });

  it('refuses truly where another revision was expected', async () => {
    const { open } = await withValues('one', 'two', 'three');
    await rejection(open().rollbackSecret(NAME, 1, { expectRevision: 2 }), 'conflict');
    expect(await open().rollbackSecret(NAME, 1, { expectRevision: 3 })).toMatchObject({ revision: 4 });
  });

  it('is published with each where a person writes', async () => {
    const { open } = await withValues('one', 'two');
    const vault = publishingWithEach(open());
    await vault.publish();
    await vault.rollbackSecret(NAME, 1);
    expect(text((await open().boot()).secrets.get(NAME)?.value ?? bytes(''))).toBe('one');
    await vault.delete(NAME);
    await vault.undelete(NAME);
    expect(text((await open().boot()).secrets.get(NAME)?.value ?? bytes(''))).toBe('one');
  });
});

describe('a rollback at the limit of 100 versions', () => {
  const values = Array.from({ length: 100 }, (_, index) => `v${index + 1}`);

  it('refuses what was pruned everywhere, and takes the oldest that is kept', async () => {
    const { open } = await withValues(...values, 'v101');
    const gone = await rejection(open().rollbackSecret(NAME, 1), 'not_found');
    expect(gone.message).toContain('revision 1 of A is not kept');
    expect(gone.hint).toContain('100 versions');
    expect(await open().rollbackSecret(NAME, 2)).toMatchObject({
      revision: 102,
      changed: true,
      linked: true,
    });
    expect(await stands(open())).toEqual(['102 v2', '102 v2']);
  });

  it('finds in a replica what home keeps no more, and says where the chain has a gap', async () => {
    const world = await withValues('one', 'two');
    world.aws.gate = failing(({ region }) => region === REPLICA, 'unreachable');
    const writer = world.open({ hedgeAfter: 60_000 });
    for (const value of values) await writer.set(NAME, bytes(value));
    world.aws.gate = () => undefined;
    // Revision 3 is the oldest at home; the replica ends with revision 2, which it names as its parent.
    expect(await world.open().revision(NAME, 2)).toMatchObject({ region: REPLICA, linked: true });
    await writer.set(NAME, bytes('last'));
    // Now home has dropped revision 3 as well, which would tell that 1 and 2 are below it.
    const past = await world.open().revision(NAME, 1);
    expect(past).toMatchObject({ region: REPLICA, revision: 1, linked: false });
    const unlinked = await world.open().revision(NAME, 2);
    expect([unlinked.linked, text(unlinked.value ?? bytes(''))]).toEqual([false, 'two']);
    expect(await world.open().rollbackSecret(NAME, 2)).toMatchObject({
      from: 2,
      linked: false,
      revision: 104,
    });
  });
});

describe('what somebody put into a history', () => {
  it('is not gone back to when it is no entry, sealed for another name, or changed', async () => {
    const world = await withValues('one', 'two');
    await world.open().set('B', bytes('other'));
    await world.open().set('B', bytes('other'));
    await world.open().set('B', bytes('moved'));
    const changed = JSON.parse(lies(world, 2)) as { rev: number; at: number; slot: string };
    for (const [forged, code] of [
      ['by hand', 'not_found'],
      [claiming(lies(world, 3, HOME, 'B'), REPLICA, 9), 'misplaced'],
      [JSON.stringify({ ...changed, rev: 3, slot: `${REPLICA}:9` }), 'decrypt_failed'],
    ] as const) {
      world.aws.plant(HOME, parameter(NAME), forged);
      await rejection(world.open().rollbackSecret(NAME, 3), code);
      await rejection(world.open().revision(NAME, 3), code);
    }
    // It goes back over all of that: a forged write on top is passed over.
    expect(await world.open().rollbackSecret(NAME, 1)).toMatchObject({ revision: 3, changed: true });
    expect(await stands(world.open())).toEqual(['3 one', '3 one']);
    // What stands already is written once more where something lies on top of it.
    world.aws.plant(HOME, parameter(NAME), 'by hand');
    expect(await world.open().rollbackSecret(NAME, 1)).toMatchObject({ revision: 4, changed: true });
    expect(await world.open().rollbackSecret(NAME, 1)).toMatchObject({ revision: 4, changed: false });
    expect(await stands(world.open())).toEqual(['4 one', '4 one']);
  });

  it('is not gone back to when it is a write that lost its race, put again with another claim', async () => {
    const world = await withValues('one', 'two');
    // Sealed on top of revision 1 by somebody who thought that it stood.
    const loser = world.open();
    let planted = '';
    world.aws.gate = async ({ operation, names }) => {
      if (operation !== 'write' || names[0] !== parameter(NAME) || planted !== '') return undefined;
      planted = 'winner';
      await world.open().set(NAME, bytes('winner'));
      return undefined;
    };
    await loser.set(NAME, bytes('loser'));
    world.aws.gate = () => undefined;
    const lost = world.aws
      .versions(HOME, parameter(NAME))
      .find(({ value, version }) => parseEntry(value).wrapping.slot.version !== version);
    const { core } = parseEntry(lost?.value ?? '');
    expect(core.revision).toBe(3);
    const winner = await world.open().revision(NAME, 3);
    expect(text(winner.value ?? bytes(''))).toBe('winner');
    world.aws.plant(HOME, parameter(NAME), claiming(lost?.value ?? '', REPLICA, 50));
    world.aws.plant(HOME, parameter(NAME), lies(world, 4, REPLICA));
    // Two are there that say they are revision 3: the chain tells which one what stands was made on.
    expect(text((await world.open().revision(NAME, 3)).value ?? bytes(''))).toBe('winner');
    // Where the chain does not tell, for an older one was put back below both, it does that only one of them stood.
    world.aws.plant(HOME, parameter(NAME), lies(world, 1, REPLICA));
    expect(await world.open().rollbackSecret(NAME, 3)).toMatchObject({ from: 3, linked: true });
    expect(text((await world.open().get(NAME)).value)).toBe('winner');
  });

  it('is not gone back to when what stands was not made on top of it', async () => {
    const world = await withValues('one', 'two');
    const elsewhere = world.open({ actAsHome: REPLICA });
    world.aws.gate = failing(({ region }) => region === HOME, 'unreachable');
    await elsewhere.set(NAME, bytes('there'));
    await elsewhere.set(NAME, bytes('there again'));
    world.aws.gate = () => undefined;
    expect((await world.open().set(NAME, bytes('here'))).behind).toMatchObject([{ region: REPLICA }]);
    expect(text((await world.open().revision(NAME, 3)).value ?? bytes(''))).toBe('here');
    await rejection(world.open().revision(NAME, 4), 'never_valid');
    await rejection(world.open().rollbackSecret(NAME, 4), 'never_valid');
  });

  it('is told from what never counted', async () => {
    const world = await withValues('one');
    world.aws.plant(HOME, parameter(NAME), lies(world, 1));
    expect((await world.open().history(NAME)).map(({ revision }) => revision)).toEqual([1]);
    await world.open().set(NAME, bytes('two'));
    // A write of its own that came too late: it claims a Version that somebody else got.
    const late = claiming(lies(world, 3), HOME, 77);
    const three = JSON.parse(late) as { rev: number };
    world.aws.plant(HOME, parameter(NAME), JSON.stringify({ ...three, rev: 9 }));
    expect((await rejection(world.open().rollbackSecret(NAME, 9), 'never_valid')).message).toContain('race');
  });

  it('counts as what it is when it is an older entry put back: a rollback goes above all that is kept', async () => {
    const world = await withValues('one', 'two', 'three', 'four');
    for (const [region, from] of [
      [HOME, REPLICA],
      [REPLICA, HOME],
    ] as const) {
      world.aws.plant(region, parameter(NAME), lies(world, 1, from));
    }
    expect(await stands(world.open())).toEqual(['1 one', '1 one']);
    expect(await world.open().rollbackSecret(NAME, 3)).toMatchObject({ revision: 5, from: 3, behind: [] });
    expect(await stands(world.open())).toEqual(['5 three', '5 three']);
    // Those between did stand, though the chain from now on passes them by.
    for (const [revision, value] of ['one', 'two', 'three', 'four'].entries()) {
      const past = await world.open().revision(NAME, revision + 1);
      expect([text(past.value ?? bytes('')), past.linked]).toEqual([value, true]);
    }
    expect(await world.open().rollbackSecret(NAME, 4)).toMatchObject({ revision: 6, from: 4 });
  });
});

describe('an undelete', () => {
  it('gives the last value again, with its expiry, as a new revision', async () => {
    const world = await withValues('one');
    const expiresAt = 2_000_000_000_000;
    await world.open().set(NAME, bytes('two'), { expiresAt });
    await world.open().delete(NAME);
    expect(await world.open().undelete(NAME)).toMatchObject({
      revision: 4,
      from: 2,
      changed: true,
      expiresAt,
    });
    expect(await stands(world.open())).toEqual(['4 two', '4 two']);
  });

  it('refuses what is not deleted, what never was, and what was purged', async () => {
    const { open } = await withValues('one');
    const there = await rejection(open().undelete(NAME), 'already_exists');
    expect(there.hint).toContain('waxseal rollback');
    await rejection(open().revision(NAME, 'before-deletion'), 'already_exists');
    await rejection(open().undelete('NEVER'), 'not_found');
    await open().publish();
    await open().delete(NAME);
    await open().purge(NAME);
    const purged = await rejection(open().undelete(NAME), 'not_found');
    expect(purged.hint).toContain('releases of the past');
    expect(purged.hint).toContain('backup');
  });

  it('finds the last value by the chain, not by what home happens to keep', async () => {
    const world = await withValues('one');
    world.aws.gate = failing(({ region }) => region === HOME, 'unreachable');
    const elsewhere = world.open({ actAsHome: REPLICA });
    await elsewhere.set(NAME, bytes('two'));
    await elsewhere.delete(NAME);
    world.aws.gate = () => undefined;
    await world.open().sync();
    // Home went from revision 1 to the deletion at once.
    expect(world.aws.versions(HOME, parameter(NAME))).toHaveLength(2);
    expect(await world.open().undelete(NAME)).toMatchObject({ revision: 4, from: 2, linked: true });
    expect(await stands(world.open())).toEqual(['4 two', '4 two']);
  });

  it('passes over what somebody wrote on top of the deletion', async () => {
    const world = await withValues('one', undefined);
    world.aws.plant(HOME, parameter(NAME), 'by hand');
    expect(await world.open().undelete(NAME)).toMatchObject({ revision: 3, from: 1 });
    expect(await stands(world.open())).toEqual(['3 one', '3 one']);
  });
});

describe('while a region is down', () => {
  it('a revision is read from a replica, and only home undoes', async () => {
    const world = await withValues('one', 'two');
    world.aws.gate = failing(({ region }) => region === HOME, 'unreachable');
    const { value, region, revision } = await world.open().revision(NAME, 1);
    expect([text(value ?? bytes('')), region, revision]).toEqual(['one', REPLICA, 1]);
    expect((await rejection(world.open().rollbackSecret(NAME, 1), 'unreachable')).hint).toContain(
      '--act-as-home',
    );
    const acting = world.open({ actAsHome: REPLICA });
    expect(await acting.rollbackSecret(NAME, 1)).toMatchObject({ revision: 3, from: 1 });
    world.aws.gate = failing(({ region: down }) => down === REPLICA, 'unreachable');
    expect(await world.open().rollbackSecret(NAME, 1)).toMatchObject({
      revision: 3,
      behind: [{ region: REPLICA }],
    });
    const missing = await rejection(world.open().rollbackSecret(NAME, 8), 'not_found');
    expect(missing.message).toContain(`${REPLICA} could not be asked`);
  });
});

describe('somebody who comes between', () => {
  it('is seen: an undo applies to what stands then, and nothing that was told is lost', async () => {
    const runs = rounds(40, 2000);
    tried('interleavings of a rollback, a set and a delete', runs);
    const seen = new Set<string>();
    for (let run = 0; run < runs; run += 1) {
      const world = await withValues('one', 'two');
      const { gate, pause, now, run: schedule } = createScheduler(randomNumbers(seed + run));
      const open = (): Vault => world.open({ pause, now, timeout: 60_000, hedgeAfter: 60_000 });
      const [roller, writer, remover] = [open(), open(), open()];
      world.aws.gate = gate;
      const ends = await schedule([
        () => roller.rollbackSecret(NAME, 1, run % 2 === 0 ? {} : { expectRevision: 2 }),
        () => writer.set(NAME, bytes('three')),
        () => remover.delete(NAME, { expectRevision: 2 }),
      ]);
      world.aws.gate = () => undefined;
      const told = ends.map((end) => {
        if (end.status === 'fulfilled') return end.value.revision;
        if (!isWaxsealError(end.reason, 'conflict')) throw end.reason;
        return 0;
      });
      const [rolled = 0, written = 0] = told;
      const kept = await world.open().history(NAME, { values: true });
      const value = (revision: number): string | undefined => {
        const item = kept.find((one) => one.revision === revision);
        return item?.value && text(item.value);
      };
      expect(kept.every(({ linked, problem }) => linked && problem === undefined)).toBe(true);
      expect(value(written)).toBe('three');
      if (rolled !== 0) expect(value(rolled)).toBe('one');
      if (rolled !== 0 && run % 2 === 1) expect(rolled).toBe(3);
      const wins = told.filter((revision) => revision !== 0);
      expect(new Set(wins).size).toBe(wins.length);
      expect(Math.max(...kept.map(({ revision }) => revision))).toBe(2 + wins.length);
      seen.add(told.join());
    }
    expect(seen.size).toBeGreaterThan(2);
  });

  it('keeps two undeletes from both being done', async () => {
    for (let run = 0; run < rounds(20, 1000); run += 1) {
      const world = await withValues('one', undefined);
      const { gate, pause, now, run: schedule } = createScheduler(randomNumbers(seed + run));
      const open = (): Vault => world.open({ pause, now, timeout: 60_000, hedgeAfter: 60_000 });
      const actors = [open(), open()];
      world.aws.gate = gate;
      const ends = await schedule(actors.map((vault) => () => vault.undelete(NAME)));
      world.aws.gate = () => undefined;
      expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const failed = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
      expect(failed.every((reason) => isWaxsealError(reason, 'already_exists'))).toBe(true);
      expect(await stands(world.open())).toEqual(['3 one', '3 one']);
    }
  });
});

describe('a history', () => {
  it('shows a revision once that was put again, and says whose it was first', async () => {
    const world = await withValues('one', 'two');
    world.aws.plant(HOME, parameter(NAME), lies(world, 2, REPLICA));
    const history = await world.open().history(NAME);
    expect(history.map(({ revision, linked, writtenBy }) => [revision, linked, writtenBy])).toEqual([
      [2, true, 'arn:test'],
      [1, true, 'arn:test'],
    ]);
    // An older one that was put back is what stands now: it is shown where it stands.
    world.aws.plant(HOME, parameter(NAME), lies(world, 1, REPLICA));
    expect((await world.open().history(NAME)).map(({ revision }) => revision)).toEqual([1, 2, 1]);
  });

  it('holds values only where they were asked for, and knows the data key', async () => {
    const { open } = await withValues('one', undefined, 'three');
    const closed = await open().history(NAME);
    expect(closed.map(({ value }) => value)).toEqual([undefined, undefined, undefined]);
    expect(JSON.stringify(closed)).not.toContain('value');
    const opened = await open().history(NAME, { values: true });
    expect(opened.map(({ value }) => value && text(value))).toEqual(['three', undefined, 'one']);
    expect(opened.map(({ generation }) => generation)).toEqual([1, 1, 1]);
  });
});
