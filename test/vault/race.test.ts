import { describe, expect, it } from 'vitest';
import { isWaxsealError } from '../../src/errors.ts';
import { createVault, type Vault } from '../../src/vault/index.ts';
import { MemoryAws } from '../support/memory-aws.ts';
import { createScheduler } from '../support/scheduler.ts';
import { randomNumbers, rounds, seed, tried } from '../support/seed.ts';

const NAME = 'DATABASE_URL';
const PARAMETER = `/acme/dev/${NAME}`;
const HOME = 'us-east-1';
const REPLICA = 'eu-west-1';

interface World {
  readonly aws: MemoryAws;
  open(pause: (ms: number) => Promise<void>): Vault;
}

function createWorld(): World {
  const aws = new MemoryAws();
  const key = aws.createKey();
  return {
    aws,
    open: (pause) =>
      createVault({
        path: '/acme/dev',
        regions: [aws.region(HOME, key), aws.region(REPLICA, key)],
        pause,
        timeout: 60_000,
        hedgeAfter: 60_000,
      }),
  };
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const now = (): Promise<void> => Promise.resolve();

/** All that must hold when everybody has finished. */
async function checkEnd({ aws, open }: World, acknowledged: ReadonlyMap<number, string>): Promise<void> {
  aws.gate = () => undefined;
  const vault = open(now);
  const top = Math.max(...acknowledged.keys());
  const current = await vault.get(NAME, { region: HOME });
  expect(current.revision).toBe(top);
  expect(Buffer.from(current.value).toString()).toBe(acknowledged.get(top));
  const history = await vault.history(NAME);
  expect(history.map(({ revision }) => revision)).toEqual(
    Array.from({ length: top }, (_, index) => top - index),
  );
  expect(history.every(({ linked, problem }) => linked && problem === undefined)).toBe(true);
  const copy = await vault.get(NAME, { region: REPLICA });
  expect(copy.revision).toBe(top);
  expect(Buffer.from(copy.value).toString()).toBe(acknowledged.get(top));
}

describe.each([2, 5])('%i writers at once', (writers) => {
  const count = rounds(writers === 2 ? 40 : 20, 300);

  it('set: each write gets a revision of its own and none that was acknowledged is lost', async () => {
    for (let round = 0; round < count; round += 1) {
      const scheduler = createScheduler(randomNumbers(seed + round));
      const world = createWorld();
      if (round % 2 === 0) await world.open(now).set(NAME, bytes('before'));
      world.aws.gate = scheduler.gate;
      const ends = await scheduler.run(
        Array.from(
          { length: writers },
          (_, i) => () => world.open(scheduler.pause).set(NAME, bytes(`writer ${i}`)),
        ),
      );
      const acknowledged = new Map<number, string>(round % 2 === 0 ? [[1, 'before']] : []);
      ends.forEach((end, i) => {
        if (end.status === 'rejected')
          throw new Error(`round ${round} of seed ${seed}`, { cause: end.reason });
        expect(
          acknowledged.has(end.value.revision),
          `revision given twice, round ${round}, seed ${seed}`,
        ).toBe(false);
        acknowledged.set(end.value.revision, `writer ${i}`);
      });
      await checkEnd(world, acknowledged);
    }
    tried(`${writers} racing writers, interleavings`, count);
  });

  it('expectRevision: exactly one wins, the others are told', async () => {
    let losers = 0;
    for (let round = 0; round < count; round += 1) {
      const scheduler = createScheduler(randomNumbers(seed * 31 + round));
      const world = createWorld();
      const expectRevision = round % 2;
      if (expectRevision === 1) await world.open(now).set(NAME, bytes('before'));
      world.aws.gate = scheduler.gate;
      const ends = await scheduler.run(
        Array.from(
          { length: writers },
          (_, i) => () => world.open(scheduler.pause).set(NAME, bytes(`writer ${i}`), { expectRevision }),
        ),
      );
      const won = ends.flatMap((end, i) =>
        end.status === 'fulfilled' ? [{ i, revision: end.value.revision }] : [],
      );
      expect(won, `round ${round} of seed ${seed}`).toHaveLength(1);
      for (const end of ends) {
        if (end.status === 'fulfilled') continue;
        expect(isWaxsealError(end.reason, 'conflict'), String(end.reason)).toBe(true);
        losers += 1;
      }
      const acknowledged = new Map<number, string>(expectRevision === 1 ? [[1, 'before']] : []);
      acknowledged.set(won[0]?.revision ?? 0, `writer ${won[0]?.i}`);
      await checkEnd(world, acknowledged);
    }
    expect(losers).toBe(count * (writers - 1));
    tried(`${writers} writers expecting one revision, interleavings`, count);
  });

  it('set against delete: whoever is acknowledged last is what stands', async () => {
    for (let round = 0; round < count; round += 1) {
      const scheduler = createScheduler(randomNumbers(seed * 17 + round));
      const world = createWorld();
      await world.open(now).set(NAME, bytes('before'));
      world.aws.gate = scheduler.gate;
      const actors = Array.from({ length: writers }, (_, i) => async () => {
        const vault = world.open(scheduler.pause);
        const result = i === 0 ? await vault.delete(NAME) : await vault.set(NAME, bytes(`writer ${i}`));
        return { deleted: i === 0, revision: result.revision };
      });
      const ends = await scheduler.run(actors);
      world.aws.gate = () => undefined;
      const last = ends
        .flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
        .reduce((a, b) => (b.revision > a.revision ? b : a));
      const listing = await world.open(now).list();
      expect(listing.secrets).toHaveLength(1);
      expect(listing.secrets[0]).toMatchObject({
        revision: last.revision,
        deleted: last.deleted,
        copies: { [HOME]: 'equal', [REPLICA]: 'equal' },
      });
    }
    tried(`${writers} writers, one of them deleting, interleavings`, count);
  });
});

it('a void write on top is passed over by every reader', async () => {
  const { aws, open } = createWorld();
  const vault = open(now);
  await vault.set(NAME, bytes('one'));
  await vault.set(NAME, bytes('two'));
  const accepted = aws.versions(HOME, PARAMETER).at(-1);
  // The same text again gets Version 3, which its slot does not claim.
  aws.plant(HOME, PARAMETER, aws.versions(HOME, PARAMETER)[0]?.value ?? '');
  expect((await vault.get(NAME)).revision).toBe(2);
  expect((await vault.load()).get(NAME)?.revision).toBe(2);
  expect((await vault.list()).secrets[0]?.revision).toBe(2);
  const { revision } = await vault.set(NAME, bytes('three'));
  expect(revision).toBe(3);
  expect(aws.versions(HOME, PARAMETER)).toHaveLength(4);
  expect(accepted?.version).toBe(2);
});
