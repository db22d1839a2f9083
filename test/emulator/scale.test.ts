import { execFile } from 'node:child_process';
import { Agent } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { ParameterRecord } from '../../src/emulator/records.ts';
import { perform } from '../../src/emulator/service.ts';
import { createStore, type Store } from '../../src/emulator/state/store.ts';
import { deep, rounds, tried } from '../support/seed.ts';
import { type Caller, caller } from './load.ts';
import { open } from './processes.ts';
import { folder, start } from './support.ts';

const filler = fileURLToPath(new URL('fixtures/fill.ts', import.meta.url));
const run = promisify(execFile);

async function all(call: Caller, target: string, input: object): Promise<string[]> {
  const names: string[] = [];
  let NextToken: unknown;
  do {
    const { status, body } = await call(target, NextToken === undefined ? input : { ...input, NextToken });
    expect(status).toBe(200);
    names.push(...(body.Parameters as { readonly Name: string }[]).map(({ Name }) => Name));
    NextToken = body.NextToken;
  } while (NextToken !== undefined);
  return names;
}

test.runIf(deep)('a large store loads and lists in bounded memory', async () => {
  const stateDir = await folder();
  const count = rounds(20_000, 100_000);
  // What is stated in docs/EMULATOR.md: the heap that so many parameters, of 300 characters each, get along with.
  const heap = `--max-old-space-size=${rounds(96, 320)}`;
  await run(process.execPath, [filler, stateDir, String(count)]);
  // Twice: from the journal, which the first start folds, and from the snapshot that came of it.
  for (const _ of ['journal', 'snapshot']) {
    const { endpoint, child } = await open(stateDir, { command: [process.execPath, heap] });
    const call = caller(endpoint);
    const listed = await all(call, 'AmazonSSM.DescribeParameters', { MaxResults: 50 });
    expect(listed).toHaveLength(count);
    expect(listed).toEqual([...listed].sort());
    const under = await all(call, 'AmazonSSM.GetParametersByPath', { Path: '/scale', Recursive: true });
    expect(under).toEqual(listed);
    child.kill('SIGKILL');
  }
  tried(`parameters listed with ${heap}`, count);
});

interface Counted {
  readonly store: Store;
  looked: number;
}

/** A store that counts the documents that listings look at. */
function counting(): Counted {
  const inner = createStore(() => {});
  const counted: Counted = {
    looked: 0,
    store: {
      ...inner,
      transact: (action) =>
        inner.transact((tx) =>
          action({
            ...tx,
            list: (table, region) => {
              counted.looked += tx.count(table, region);
              return tx.list(table, region);
            },
            *sorted(table, region, from) {
              for (const one of tx.sorted(table, region, from)) {
                counted.looked += 1;
                yield one;
              }
            },
          }),
        ),
    },
  };
  return counted;
}

test('a page looks at what is on it, not at everything', () => {
  const counted = counting();
  counted.store.transact((tx) => {
    for (let n = 0; n < 20_000; n++) {
      const name = `/scale/${n % 500}/${n}`;
      const shared = { type: 'String', tier: 'Standard' } as const;
      const parameter: ParameterRecord = { ...shared, name, oldest: 1, latest: 1, tags: [] };
      tx.put('parameter', 'us-east-1', name, parameter);
      const made = { version: 1, value: 'v', dataType: 'text', modifiedAt: 0, user: '', labels: [] };
      tx.put('version', 'us-east-1', `${name}:1`, { ...shared, ...made });
    }
  });
  const world = { store: counted.store, account: '000000000000', regions: ['us-east-1'], now: () => 0 };
  const page = (operation: string, body: object) => {
    counted.looked = 0;
    const answer = perform(world, { service: 'ssm', region: 'us-east-1', operation, body });
    return {
      names: (answer.Parameters as { Name: string }[]).map(({ Name }) => Name),
      next: answer.NextToken,
    };
  };
  const listings: readonly (readonly [operation: string, input: object, pageSize: number, all: number])[] = [
    ['DescribeParameters', {}, 50, 20_000],
    ['GetParametersByPath', { Path: '/scale', Recursive: true }, 10, 20_000],
    ['GetParametersByPath', { Path: '/scale/77' }, 10, 40],
    [
      'DescribeParameters',
      { ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: ['/scale/77/'] }] },
      50,
      40,
    ],
    ['DescribeParameters', { ParameterFilters: [{ Key: 'Path', Values: ['/scale/77'] }] }, 50, 40],
    ['DescribeParameters', { ParameterFilters: [{ Key: 'Name', Values: ['/scale/1/1'] }] }, 50, 1],
    // Five hundred branches, each of which costs one look.
    ['GetParametersByPath', { Path: '/scale' }, 500, 0],
  ];
  for (const [operation, input, pageSize, expected] of listings) {
    const found: string[] = [];
    let NextToken: unknown;
    do {
      const { names, next } = page(operation, NextToken === undefined ? input : { ...input, NextToken });
      expect(counted.looked, `${operation} ${JSON.stringify(input)}`).toBeLessThanOrEqual(pageSize + 3);
      found.push(...names);
      NextToken = next;
    } while (NextToken !== undefined);
    expect(new Set(found).size).toBe(expected);
    expect(found).toHaveLength(expected);
  }
  // Where few match, a page ends in a token before it is full.
  const rare = { ParameterFilters: [{ Key: 'Type', Values: ['SecureString'] }] };
  const { names, next } = page('DescribeParameters', rare);
  expect([names, typeof next]).toEqual([[], 'string']);
  expect(counted.looked).toBeLessThanOrEqual(5001);
});

test('500 clients at once are all answered', async () => {
  const { emulator } = await start();
  const agent = new Agent({ keepAlive: true, maxSockets: 500 });
  const call = caller(emulator.endpoint, agent);
  const one = async (n: number): Promise<unknown> => {
    const Name = `/many/${n}`;
    const put = await call('AmazonSSM.PutParameter', { Name, Value: `${n}`, Type: 'String' });
    expect(put.status).toBe(200);
    const { body } = await call('AmazonSSM.GetParameter', { Name });
    return (body.Parameter as { readonly Value: unknown }).Value;
  };
  const values = await Promise.all(Array.from({ length: 500 }, (_, n) => one(n)));
  agent.destroy();
  expect(values).toEqual(values.map((_, n) => `${n}`));
});
