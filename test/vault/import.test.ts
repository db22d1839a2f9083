import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { bytes, createWorld, failing, HOME, parameter, REPLICA, rejection, text } from '../support/world.ts';

const items = (count: number, suffix = ''): { name: string; value: Uint8Array }[] =>
  Array.from({ length: count }, (_, n) => ({ name: `S${n}`, value: bytes(`value ${n}${suffix}`) }));

it('writes what differs and leaves the rest alone', async () => {
  const { aws, open } = createWorld();
  expect((await open().import(items(12))).added).toHaveLength(12);
  const again = await open().import([...items(12).slice(1), { name: 'S0', value: bytes('changed') }]);
  expect([again.added, again.changed, again.unchanged.length]).toEqual([[], ['S0'], 11]);
  expect(aws.versions(HOME, parameter('S1'))).toHaveLength(1);
  expect(aws.versions(HOME, parameter('S0'))).toHaveLength(2);
});

it('reads what is there in batches, not one by one', async () => {
  const { aws, open } = createWorld();
  await open().import(items(30));
  aws.calls.length = 0;
  await open().import(items(30));
  // One at home, and one in the replica, to tell of copies that an import before did not make.
  const reads = aws.calls.filter(({ operation }) => operation === 'read');
  expect(reads.map(({ region }) => region).toSorted()).toEqual([REPLICA, HOME]);
});

it('plans without writing', async () => {
  const { aws, open } = createWorld();
  await open().set('S0', bytes('old'));
  aws.calls.length = 0;
  const plan = await open().planImport(items(3));
  expect([plan.added, plan.changed, plan.unchanged]).toEqual([['S1', 'S2'], ['S0'], []]);
  expect(aws.calls.some(({ operation }) => operation === 'write')).toBe(false);
});

it('stops when told to, ends what was begun, and goes on the next time', async () => {
  const { aws, open } = createWorld();
  const stop = new AbortController();
  const onProgress = ({ done }: { done: number }): void => {
    if (done === 10) stop.abort();
  };
  const error = await rejection(open().import(items(40), { signal: stop.signal, onProgress }), 'cancelled');
  const written = items(40).filter(({ name }) => aws.versions(HOME, parameter(name)).length > 0).length;
  expect(written).toBeGreaterThanOrEqual(10);
  expect(written).toBeLessThan(40);
  expect(error.message).toContain(`${written} of 40`);
  const rest = await open().import(items(40));
  expect([rest.added.length, rest.unchanged.length]).toEqual([40 - written, written]);
  const loaded = await open().load();
  for (const { name, value } of items(40))
    expect(text(loaded.get(name)?.value ?? bytes(''))).toBe(text(value));
  for (const { name } of items(40)) expect(aws.versions(HOME, parameter(name))).toHaveLength(1);
});

it("says how far it came when a write fails, and keeps the failure's code", async () => {
  const { aws, open } = createWorld();
  aws.gate = failing(
    ({ operation, names }) => operation === 'write' && names.includes(parameter('S7')),
    'denied',
  );
  const error = await rejection(open().import(items(20)), 'denied');
  expect(error.message).toMatch(/\d+ of 20/);
  expect(error.hint).toContain('import again');
});

it('writes nothing when one of many is wrong', async () => {
  const { aws, open } = createWorld();
  await rejection(open().import([...items(3), { name: 'bad name', value: bytes('') }]), 'invalid_name');
  await rejection(open().import([...items(3), { name: 'S1', value: bytes('twice') }]), 'import_invalid');
  const large = {
    name: 'BIG',
    value: Uint8Array.from(randomBytes(65_537)),
  };
  await rejection(open().import([...items(3), large]), 'value_too_large');
  expect(aws.calls).toEqual([]);
});

it('reports the replicas that lag', async () => {
  const { aws, open } = createWorld();
  aws.gate = failing(({ region, operation }) => region === REPLICA && operation === 'write', 'throttled');
  const { behind } = await open().import(items(2));
  expect(new Set(behind.map(({ region, error }) => `${region} ${error.code}`))).toEqual(
    new Set([`${REPLICA} throttled`]),
  );
});

it('is not held up by a replica that fails: after three failures in a row it is left out and reported', async () => {
  const { aws, open } = createWorld();
  aws.gate = failing(({ region }) => region === REPLICA, 'timeout');
  const { added, behind } = await open().import(items(40));
  expect(added).toHaveLength(40);
  expect(behind.map(({ region, error }) => [region, error.code])).toEqual([[REPLICA, 'timeout']]);
  expect(behind[0]?.error.message).toContain('3 failures in a row');
  // Those under way when the third failed had begun.
  expect(aws.calls.filter(({ region }) => region === REPLICA).length).toBeLessThanOrEqual(6);
});

it('goes on with a replica that fails now and then', async () => {
  const { aws, open } = createWorld();
  let call = 0;
  aws.gate = failing(({ region, operation }) => {
    if (region !== REPLICA || operation !== 'write') return false;
    call += 1;
    return call % 10 === 0;
  }, 'unreachable');
  const { behind } = await open().import(items(40));
  expect(behind).toHaveLength(1);
  const missing = items(40).filter(({ name }) => aws.versions(REPLICA, parameter(name)).length === 0);
  expect(missing.length).toBeGreaterThan(0);
  expect(missing.length).toBeLessThan(8);
});

it('that was cut off between home and a replica tells of what the replica lacks, and writes nothing twice', async () => {
  const { aws, open } = createWorld();
  const lost = new Set(['S1', 'S4', 'S7'].map(parameter));
  aws.gate = failing(
    ({ region, operation, names }) =>
      region === REPLICA && operation === 'write' && names.some((name) => lost.has(name)),
    'unreachable',
  );
  await open().import(items(10));
  aws.gate = () => undefined;
  aws.calls.length = 0;
  const again = await open().import(items(10));
  expect([again.unchanged.length, again.behind.map(({ region, error }) => [region, error.code])]).toEqual([
    10,
    [[REPLICA, 'behind']],
  ]);
  expect(again.behind[0]?.error.message).toContain('lacks 3');
  expect(aws.calls.filter(({ operation }) => operation === 'write')).toEqual([]);
  for (const name of lost) await open().set(name.split('/').at(-1) ?? '', bytes('again'));
  const whole = items(10).filter(({ name }) => !lost.has(parameter(name)));
  expect((await open().import(whole)).behind).toEqual([]);
});
