import { paginateDescribeParameters, paginateGetParametersByPath, type SSM } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { sdkParameterStore } from '../../src/aws/sdk/parameter-store.ts';
import { startEmulator } from '../../src/emulator/index.ts';
import { code, folder, start, stoppedClock } from './support.ts';

const put = (ssm: SSM, Name: string, Value: string) =>
  ssm.putParameter({ Name, Value, Type: 'String', Overwrite: true });

/** What the three reads say of a name; undefined where it is not there. They never disagree. */
async function readAll(ssm: SSM, name: string): Promise<readonly [number, string] | undefined> {
  const one = await ssm.getParameter({ Name: name }).then(
    ({ Parameter }) => Parameter,
    (error: Error) => {
      if (error.name !== 'ParameterNotFound') throw error;
      return undefined;
    },
  );
  const { Parameters, InvalidParameters } = await ssm.getParameters({ Names: [name] });
  const path = (await ssm.getParametersByPath({ Path: '/', Recursive: true })).Parameters ?? [];
  const said = [one, Parameters?.[0], path.find(({ Name }) => Name === name)].map(
    (parameter) => parameter && ([parameter.Version ?? 0, parameter.Value ?? ''] as const),
  );
  expect([said[1], said[2]]).toEqual([said[0], said[0]]);
  expect(InvalidParameters).toEqual(said[0] === undefined ? [name] : []);
  return said[0];
}

test('stale reads see what there was so long ago, and the new as soon as that is over', async () => {
  const { emulator, ssm, at } = await start({ now: stoppedClock().now });
  emulator.setFault({ region: 'us-east-1', kind: 'stale', ms: 1000 });
  await put(ssm, '/a', 'one');
  expect(await readAll(ssm, '/a')).toBeUndefined();
  emulator.advance(999);
  expect(await readAll(ssm, '/a')).toBeUndefined();
  emulator.advance(1);
  expect(await readAll(ssm, '/a')).toEqual([1, 'one']);
  await put(ssm, '/a', 'two');
  emulator.advance(400);
  await put(ssm, '/a', 'three');
  expect(await readAll(ssm, '/a')).toEqual([1, 'one']);
  emulator.advance(600);
  expect(await readAll(ssm, '/a')).toEqual([2, 'two']);
  emulator.advance(400);
  expect(await readAll(ssm, '/a')).toEqual([3, 'three']);

  const other = at('eu-west-1').ssm;
  await put(other, '/a', 'elsewhere');
  expect(await readAll(other, '/a')).toEqual([1, 'elsewhere']);
});

test('what is written goes by what is there, and history, listing and labels see it', async () => {
  const { emulator, ssm } = await start({ now: stoppedClock().now });
  await put(ssm, '/a', 'one');
  emulator.advance(5000);
  emulator.setFault({ region: '*', kind: 'stale', ms: 1000 });
  expect((await put(ssm, '/a', 'two')).Version).toBe(2);
  await ssm.labelParameterVersion({ Name: '/a', ParameterVersion: 2, Labels: ['new'] });
  expect((await ssm.getParameterHistory({ Name: '/a' })).Parameters).toHaveLength(2);
  expect((await ssm.describeParameters({})).Parameters?.[0]?.Version).toBe(2);
  expect(await code(ssm.getParameter({ Name: '/a:2' }))).toBe('ParameterVersionNotFound');
  expect(await code(ssm.getParameter({ Name: '/a:new' }))).toBe('ParameterVersionNotFound');
  expect((await ssm.getParameter({ Name: '/a:1' })).Parameter?.Value).toBe('one');
  expect(await code(ssm.putParameter({ Name: '/a', Value: 'x', Type: 'String' }))).toBe(
    'ParameterAlreadyExists',
  );
  await ssm.deleteParameter({ Name: '/a' });
  expect(await readAll(ssm, '/a')).toBeUndefined();
  await put(ssm, '/a', 'reborn');
  expect(await readAll(ssm, '/a')).toBeUndefined();
  emulator.advance(1000);
  expect(await readAll(ssm, '/a')).toEqual([1, 'reborn']);
});

test('where the versions of that time are gone, the oldest that is kept is seen', async () => {
  const { emulator, ssm } = await start({ now: stoppedClock().now });
  for (let n = 1; n <= 102; n += 1) await put(ssm, '/a', `value ${n}`);
  emulator.setFault({ region: '*', kind: 'stale', ms: 1000 });
  expect(await readAll(ssm, '/a')).toEqual([3, 'value 3']);
});

test('a window of staleness ends by itself, and stays over', async () => {
  const { emulator, ssm } = await start({ now: stoppedClock().now });
  await put(ssm, '/a', 'one');
  emulator.advance(60_000);
  emulator.setFault({ region: '*', kind: 'stale', ms: 30_000, forMs: 5000 });
  await put(ssm, '/a', 'two');
  expect(await readAll(ssm, '/a')).toEqual([1, 'one']);
  emulator.advance(4999);
  expect(await readAll(ssm, '/a')).toEqual([1, 'one']);
  emulator.advance(1);
  expect(await readAll(ssm, '/a')).toEqual([2, 'two']);
  expect(emulator.faults).toEqual([]);
});

test('some stale reads among many: each sees a value that was there, and times counts reads alone', async () => {
  const { emulator, ssm } = await start({ now: stoppedClock().now });
  await put(ssm, '/a', 'one');
  emulator.advance(60_000);
  emulator.setFault({ region: '*', kind: 'stale', ms: 1000, probability: 0.3, seed: 5, times: 4 });
  await put(ssm, '/a', 'two');
  const seen: (string | undefined)[] = [];
  while (emulator.faults.length > 0) seen.push((await ssm.getParameter({ Name: '/a' })).Parameter?.Value);
  expect(seen.filter((value) => value === 'one')).toHaveLength(4);
  expect(seen.filter((value) => value === 'two').length).toBeGreaterThan(0);
  expect(new Set(seen)).toEqual(new Set(['one', 'two']));
});

test('a read that is refused is not counted as a stale one', async () => {
  const { emulator, ssm } = await start({ now: stoppedClock().now });
  await put(ssm, '/a', 'one');
  emulator.setFault({ region: '*', kind: 'stale', ms: 1000, times: 1 });
  emulator.setFault({ region: '*', kind: 'throttle', times: 1 });
  expect(await code(ssm.getParameter({ Name: '/a' }))).toBe('ThrottlingException');
  expect(await code(ssm.getParameter({ Name: '/a' }))).toBe('ParameterNotFound');
  expect((await ssm.getParameter({ Name: '/a' })).Parameter?.Value).toBe('one');
});

test('staleness is of the folder, not of the process', async () => {
  const stateDir = await folder();
  const now = stoppedClock().now;
  const first = await start({ stateDir, now });
  await put(first.ssm, '/a', 'one');
  first.emulator.advance(5000);
  first.emulator.setFault({ region: '*', kind: 'stale', ms: 1000 });
  await put(first.ssm, '/a', 'two');
  await first.emulator.close();
  const second = await start({ stateDir, now });
  expect(await readAll(second.ssm, '/a')).toEqual([1, 'one']);
  second.emulator.advance(1000);
  expect(await readAll(second.ssm, '/a')).toEqual([2, 'two']);
});

const names = Array.from({ length: 23 }, (_, n) => `/v/k${String(n).padStart(2, '0')}`);

test('with empty pages every other page is empty and carries a token; nothing is lost or given twice', async () => {
  const { emulator, ssm } = await start();
  for (const name of names) await put(ssm, name, 'x');
  emulator.setFault({ region: '*', kind: 'empty-pages' });
  const walk = async (
    pages: AsyncIterable<{
      readonly Parameters?: readonly { readonly Name?: string | undefined }[] | undefined;
    }>,
  ) => {
    const sizes: number[] = [];
    const found: (string | undefined)[] = [];
    for await (const { Parameters = [] } of pages) {
      sizes.push(Parameters.length);
      found.push(...Parameters.map(({ Name }) => Name));
    }
    return { sizes, found };
  };
  const byPath = await walk(paginateGetParametersByPath({ client: ssm, pageSize: 10 }, { Path: '/v' }));
  expect(byPath).toEqual({ sizes: [0, 10, 0, 10, 0, 3], found: names });
  const described = await walk(paginateDescribeParameters({ client: ssm, pageSize: 20 }, {}));
  expect(described).toEqual({ sizes: [0, 20, 0, 3], found: names });
  const store = sdkParameterStore('us-east-1', { reader: ssm, writer: ssm });
  const listed: string[] = [];
  for await (const { name } of store.list('/v')) listed.push(name);
  expect(listed).toEqual(names);
});

test('empty pages: a listing of nothing too, tokens are checked, and what was begun goes on without the fault', async () => {
  const { emulator, ssm } = await start();
  for (const name of names) await put(ssm, name, 'x');
  emulator.setFault({ region: '*', kind: 'empty-pages' });
  const nothing = await ssm.getParametersByPath({ Path: '/none' });
  expect(nothing).toMatchObject({ Parameters: [], NextToken: expect.any(String) });
  const end = await ssm.getParametersByPath({ Path: '/none', NextToken: nothing.NextToken });
  expect([end.Parameters, end.NextToken]).toEqual([[], undefined]);
  for (const NextToken of ['~junk', 'junk'])
    expect(await code(ssm.getParametersByPath({ Path: '/v', NextToken }))).toBe('InvalidNextToken');
  const { NextToken } = await ssm.getParametersByPath({ Path: '/v' });
  emulator.clearFaults();
  const page = await ssm.getParametersByPath({ Path: '/v', NextToken });
  expect(page.Parameters?.map(({ Name }) => Name)).toEqual(names.slice(0, 10));
});

test('empty pages are of listings alone, and kept with a state folder', async () => {
  const stateDir = await folder();
  const first = await startEmulator({ stateDir });
  first.setFault({ region: '*', kind: 'empty-pages', times: 2 });
  await first.close();
  const { emulator, ssm } = await start({ stateDir });
  await put(ssm, '/v/a', 'x');
  await ssm.getParameter({ Name: '/v/a' });
  expect((await ssm.getParameterHistory({ Name: '/v/a' })).Parameters).toHaveLength(1);
  expect(emulator.faults).toEqual([{ region: '*', kind: 'empty-pages', times: 2 }]);
  expect((await ssm.getParametersByPath({ Path: '/v' })).Parameters).toEqual([]);
  expect((await ssm.describeParameters({})).Parameters).toEqual([]);
  expect((await ssm.describeParameters({})).Parameters).toHaveLength(1);
});
