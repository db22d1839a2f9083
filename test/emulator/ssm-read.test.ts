import type { SSM } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { code, failure, present, start } from './support.ts';

async function put(ssm: SSM, names: readonly string[]): Promise<void> {
  for (const Name of names) await ssm.putParameter({ Name, Value: `value of ${Name}`, Type: 'String' });
}

const names = (list: readonly { readonly Name?: string | undefined }[] | undefined): (string | undefined)[] =>
  present(list).map((one) => one.Name);

test('GetParameters: alphabetical, with the missing ones apart', async () => {
  const { ssm } = await start();
  await put(ssm, ['/b', '/a', '/B', '/c']);
  await ssm.putParameter({ Name: '/a', Value: 'new', Overwrite: true });
  const Names = ['/c', '/nil', '/b', '/a:1', '/a', '/B', '/a:7', '/a:label'];
  const read = await ssm.getParameters({ Names });
  expect(present(read.Parameters).map((one) => [one.Name, one.Selector, one.Version])).toEqual([
    ['/B', undefined, 1],
    ['/a', undefined, 2],
    ['/a', ':1', 1],
    ['/b', undefined, 1],
    ['/c', undefined, 1],
  ]);
  expect(read.InvalidParameters).toEqual(['/nil', '/a:7', '/a:label']);
});

test('GetParameters: ten names, each once', async () => {
  const { ssm } = await start();
  const ten = Array.from({ length: 10 }, (_, n) => `/n${n}`);
  expect((await ssm.getParameters({ Names: ten })).InvalidParameters).toEqual(ten);
  expect(await failure(ssm.getParameters({ Names: [...ten, '/x'] }))).toMatch(
    /^ValidationException: 1 validation error detected: Value at 'names' .* less than or equal to 10/,
  );
  expect(await code(ssm.getParameters({ Names: [] }))).toBe('ValidationException');
  expect(await code(ssm.getParameters({ Names: ['/a', '/a'] }))).toBe('ValidationException');
});

test('selectors and ARNs', async () => {
  const { ssm } = await start();
  await put(ssm, ['/a', 'flat']);
  await ssm.putParameter({ Name: '/a', Value: 'two', Overwrite: true });
  await ssm.labelParameterVersion({ Name: '/a', ParameterVersion: 1, Labels: ['prod'] });
  const get = async (Name: string) => (await ssm.getParameter({ Name })).Parameter;
  expect(await get('/a:1')).toMatchObject({ Version: 1, Selector: ':1', Value: 'value of /a', Name: '/a' });
  expect(await get('/a:prod')).toMatchObject({ Version: 1, Selector: ':prod' });
  expect(await get('arn:aws:ssm:us-east-1:000000000000:parameter/a')).toMatchObject({ Value: 'two' });
  expect(await get('arn:aws:ssm:us-east-1:000000000000:parameter/flat')).toMatchObject({ Name: 'flat' });
  expect(await code(ssm.getParameter({ Name: '/a:3' }))).toBe('ParameterVersionNotFound');
  expect(await code(ssm.getParameter({ Name: '/a:dev' }))).toBe('ParameterVersionNotFound');
  expect(await code(ssm.getParameter({ Name: '/b:1' }))).toBe('ParameterNotFound');
  expect(await code(ssm.getParameter({ Name: '/b b' }))).toBe('ValidationException');
});

test('GetParametersByPath: ten a page, by level, and every one exactly once', async () => {
  const { ssm } = await start();
  const deep = Array.from({ length: 23 }, (_, n) => `/app/prod/k${String(n).padStart(2, '0')}`);
  await put(ssm, [...deep, '/app/prod', '/app/top', '/app/production/x', '/app/prod/sub/y', 'flat']);
  const all = async (Path: string, Recursive: boolean): Promise<(string | undefined)[]> => {
    const found: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ssm.getParametersByPath({ Path, Recursive, ...(NextToken ? { NextToken } : {}) });
      expect(present(page.Parameters).length).toBeLessThanOrEqual(10);
      found.push(...names(page.Parameters));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return found;
  };
  expect(await all('/app/prod', false)).toEqual(deep);
  expect(await all('/app/prod/', true)).toEqual([...deep, '/app/prod/sub/y']);
  expect(await all('/app', false)).toEqual(['/app/prod', '/app/top']);
  expect(await all('/', false)).toEqual(['flat']);
  expect(await all('/none', true)).toEqual([]);
});

test('GetParametersByPath: limits, tokens and filters', async () => {
  const { ssm } = await start();
  await put(ssm, ['/p/a', '/p/b', '/p/c']);
  await ssm.putParameter({ Name: '/p/list', Value: 'x,y', Type: 'StringList' });
  await ssm.putParameter({ Name: '/p/a', Value: 'two', Overwrite: true });
  await ssm.labelParameterVersion({ Name: '/p/a', ParameterVersion: 1, Labels: ['old'] });
  const page = await ssm.getParametersByPath({ Path: '/p', MaxResults: 2 });
  expect(names(page.Parameters)).toEqual(['/p/a', '/p/b']);
  const NextToken = present(page.NextToken);
  // A token stays good when what it names is gone, and is good for its own listing only.
  await ssm.deleteParameter({ Name: '/p/b' });
  expect(names((await ssm.getParametersByPath({ Path: '/p', NextToken })).Parameters)).toEqual([
    '/p/c',
    '/p/list',
  ]);
  expect(await code(ssm.getParametersByPath({ Path: '/q', NextToken }))).toBe('InvalidNextToken');
  expect(await code(ssm.getParametersByPath({ Path: '/p', NextToken: 'nonsense' }))).toBe('InvalidNextToken');
  expect(await code(ssm.getParametersByPath({ Path: '/p', MaxResults: 11 }))).toBe('ValidationException');
  expect(await code(ssm.getParametersByPath({ Path: 'p' }))).toBe('ValidationException');

  const filtered = async (Key: string, Values: string[]) =>
    (await ssm.getParametersByPath({ Path: '/p', ParameterFilters: [{ Key, Values }] })).Parameters;
  expect(names(await filtered('Type', ['StringList']))).toEqual(['/p/list']);
  expect(await filtered('Label', ['old'])).toMatchObject([{ Name: '/p/a', Version: 1 }]);
  expect(await code(filtered('Tier', ['Standard']))).toBe('InvalidFilterKey');
});

test('DescribeParameters: filters as AWS has them', async () => {
  const { ssm } = await start();
  await put(ssm, ['/x/one', '/x/two/deep', '/y/one']);
  const tagged = {
    Name: '/y/tag',
    Value: 'x',
    Type: 'StringList',
    Tags: [{ Key: 'env', Value: 'prod' }],
  } as const;
  await ssm.putParameter({ ...tagged, Tags: [...tagged.Tags], Tier: 'Advanced', Description: 'about' });
  const find = async (Key: string, Option: string | undefined, ...Values: string[]) =>
    names(
      (
        await ssm.describeParameters({
          ParameterFilters: [
            { Key, ...(Option ? { Option } : {}), ...(Values.length > 0 ? { Values } : {}) },
          ],
        })
      ).Parameters,
    );
  expect(await find('Name', 'Equals', '/x/one', '/y/one')).toEqual(['/x/one', '/y/one']);
  expect(await find('Name', undefined, '/x')).toEqual([]);
  expect(await find('Name', 'BeginsWith', '/x')).toEqual(['/x/one', '/x/two/deep']);
  expect(await find('Name', 'Contains', 'one')).toEqual(['/x/one', '/y/one']);
  expect(await find('Path', 'OneLevel', '/x')).toEqual(['/x/one']);
  expect(await find('Path', 'Recursive', '/x', '/y')).toHaveLength(4);
  expect(await find('Type', 'Equals', 'StringList')).toEqual(['/y/tag']);
  expect(await find('Tier', 'Equals', 'Advanced')).toEqual(['/y/tag']);
  expect(await find('tag:env', 'Equals', 'prod')).toEqual(['/y/tag']);
  expect(await find('tag:env', undefined)).toEqual(['/y/tag']);
  expect(await find('tag:env', 'Equals', 'dev')).toEqual([]);
  expect(await code(find('Label', 'Equals', 'x'))).toBe('InvalidFilterKey');
  expect(await code(find('Type', 'Contains', 'x'))).toBe('InvalidFilterOption');
  expect(await code(find('Name', 'Equals'))).toBe('InvalidFilterValue');

  const old = await ssm.describeParameters({ Filters: [{ Key: 'Name', Values: ['/y/t'] }] });
  expect(old.Parameters).toMatchObject([
    {
      Name: '/y/tag',
      Tier: 'Advanced',
      Version: 1,
      Description: 'about',
      LastModifiedUser: 'arn:aws:iam::000000000000:root',
    },
  ]);
  const page = await ssm.describeParameters({ MaxResults: 3 });
  expect(names(page.Parameters)).toHaveLength(3);
  const rest = await ssm.describeParameters({ MaxResults: 3, NextToken: present(page.NextToken) });
  expect(names(rest.Parameters)).toEqual(['/y/tag']);
  expect(await code(ssm.describeParameters({ MaxResults: 51 }))).toBe('ValidationException');
});

test('tags of parameters', async () => {
  const { ssm } = await start();
  await ssm.putParameter({ Name: '/a', Value: 'x', Type: 'String', Tags: [{ Key: 'a', Value: '1' }] });
  const id = { ResourceType: 'Parameter', ResourceId: '/a' } as const;
  await ssm.addTagsToResource({
    ...id,
    Tags: [
      { Key: 'a', Value: '2' },
      { Key: 'b', Value: '' },
    ],
  });
  await ssm.putParameter({ Name: '/a', Value: 'y', Overwrite: true });
  expect((await ssm.listTagsForResource(id)).TagList).toEqual([
    { Key: 'a', Value: '2' },
    { Key: 'b', Value: '' },
  ]);
  await ssm.removeTagsFromResource({ ...id, TagKeys: ['a', 'zz'] });
  expect((await ssm.listTagsForResource(id)).TagList).toEqual([{ Key: 'b', Value: '' }]);
  const many = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: '' }));
  expect(await code(ssm.addTagsToResource({ ...id, Tags: many }))).toBe('TooManyTagsError');
  expect(await code(ssm.listTagsForResource({ ...id, ResourceId: '/b' }))).toBe('InvalidResourceId');
  expect(await code(ssm.listTagsForResource({ ResourceType: 'Document', ResourceId: '/a' }))).toBe(
    'InvalidResourceType',
  );
});

test('DeleteParameters: what was there and what was not', async () => {
  const { ssm } = await start();
  await put(ssm, ['/a', '/b']);
  const deleted = await ssm.deleteParameters({ Names: ['/a', '/nil', '/b'] });
  expect(deleted.DeletedParameters).toEqual(['/a', '/b']);
  expect(deleted.InvalidParameters).toEqual(['/nil']);
  const eleven = Array.from({ length: 11 }, (_, n) => `/n${n}`);
  expect(await code(ssm.deleteParameters({ Names: eleven }))).toBe('ValidationException');
});
