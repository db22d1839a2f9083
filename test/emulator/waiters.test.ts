import {
  paginateListAliases,
  paginateListKeyPolicies,
  paginateListKeyRotations,
  paginateListKeys,
  paginateListResourceTags,
} from '@aws-sdk/client-kms';
import {
  paginateDescribeParameters,
  paginateGetParameterHistory,
  paginateGetParametersByPath,
} from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { present, start } from './support.ts';

/** All pages, as the names they hold. */
async function pages<P>(
  paginator: AsyncIterable<P>,
  names: (page: P) => readonly (string | number | undefined)[] | undefined,
): Promise<(string | number | undefined)[][]> {
  const all: (string | number | undefined)[][] = [];
  for await (const page of paginator) all.push([...(names(page) ?? [])]);
  return all;
}

test('the paginators of client-ssm', async () => {
  const { ssm: client } = await start();
  const names = Array.from({ length: 25 }, (_, n) => `/page/${String(n).padStart(2, '0')}`);
  for (const Name of names) await client.putParameter({ Name, Value: 'v', Type: 'String' });
  for (let n = 0; n < 11; n++)
    await client.putParameter({ Name: '/page/00', Value: `${n}`, Overwrite: true });
  const byPath = paginateGetParametersByPath({ client }, { Path: '/page' });
  const listed = await pages(byPath, (page) => page.Parameters?.map(({ Name }) => Name));
  expect(listed.map(({ length }) => length)).toEqual([10, 10, 5]);
  expect(listed.flat()).toEqual(names);
  const described = await pages(paginateDescribeParameters({ client, pageSize: 5 }, {}), (page) =>
    page.Parameters?.map(({ Name }) => Name),
  );
  expect(described.map(({ length }) => length)).toEqual([5, 5, 5, 5, 5]);
  expect(described.flat()).toEqual(names);
  const history = await pages(
    paginateGetParameterHistory({ client, pageSize: 5 }, { Name: '/page/00' }),
    (page) => page.Parameters?.map(({ Version }) => Version),
  );
  expect(history).toEqual([
    [1, 2, 3, 4, 5],
    [6, 7, 8, 9, 10],
    [11, 12],
  ]);
});

test('the paginators of client-kms', async () => {
  const { kms: client } = await start();
  const ids: string[] = [];
  for (let n = 0; n < 7; n++) {
    ids.push(present((await client.createKey({})).KeyMetadata?.KeyId));
    await client.createAlias({ AliasName: `alias/${n}`, TargetKeyId: present(ids[0]) });
  }
  const KeyId = present(ids[0]);
  const Tags = ['a', 'b', 'c'].map((TagKey) => ({ TagKey, TagValue: '' }));
  await client.tagResource({ KeyId, Tags });
  for (let n = 0; n < 3; n++) await client.rotateKeyOnDemand({ KeyId });
  const keys = await pages(paginateListKeys({ client, pageSize: 3 }, {}), (page) =>
    page.Keys?.map((key) => key.KeyId),
  );
  expect(keys.map(({ length }) => length)).toEqual([3, 3, 1]);
  expect(keys.flat()).toEqual([...ids].sort());
  const aliases = await pages(paginateListAliases({ client, pageSize: 4 }, { KeyId }), (page) =>
    page.Aliases?.map(({ AliasName }) => AliasName),
  );
  expect(aliases.flat()).toEqual(ids.map((_, n) => `alias/${n}`));
  expect(aliases).toHaveLength(2);
  expect(await pages(paginateListKeyPolicies({ client }, { KeyId }), (page) => page.PolicyNames)).toEqual([
    ['default'],
  ]);
  expect(
    await pages(paginateListResourceTags({ client, pageSize: 2 }, { KeyId }), (page) =>
      page.Tags?.map(({ TagKey }) => TagKey),
    ),
  ).toEqual([['a', 'b'], ['c']]);
  const rotations = await pages(paginateListKeyRotations({ client, pageSize: 2 }, { KeyId }), (page) =>
    page.Rotations?.map(({ RotationType }) => RotationType),
  );
  expect(rotations).toEqual([['ON_DEMAND', 'ON_DEMAND'], ['ON_DEMAND']]);
});

test('neither client has waiters to run', async () => {
  // The only one in either is for commands, which Parameter Store has none of.
  for (const module of [await import('@aws-sdk/client-ssm'), await import('@aws-sdk/client-kms')])
    expect(
      Object.keys(module).filter((name) => /^waitU/.test(name) && !/CommandExecuted/.test(name)),
    ).toEqual([]);
});
