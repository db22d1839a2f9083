import type { SSM } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { code, failure, present, start } from './support.ts';

const Name = '/a';
async function versions(ssm: SSM, count: number): Promise<void> {
  for (let n = 1; n <= count; n++)
    await ssm.putParameter({ Name, Value: `v${n}`, Type: 'String', Overwrite: true });
}

test('history comes oldest first, 50 a page', async () => {
  const { ssm } = await start();
  await versions(ssm, 60);
  const first = await ssm.getParameterHistory({ Name });
  expect(present(first.Parameters).map((one) => one.Version)).toEqual(
    Array.from({ length: 50 }, (_, n) => n + 1),
  );
  const second = await ssm.getParameterHistory({ Name, NextToken: present(first.NextToken) });
  expect(second.Parameters).toHaveLength(10);
  expect(second.NextToken).toBeUndefined();
  expect(second.Parameters?.[9]).toMatchObject({
    Version: 60,
    Value: 'v60',
    Labels: [],
    Tier: 'Standard',
    DataType: 'text',
  });
  expect(await code(ssm.getParameterHistory({ Name, NextToken: 'x' }))).toBe('InvalidNextToken');
  expect(await code(ssm.getParameterHistory({ Name, MaxResults: 51 }))).toBe('ValidationException');
  expect(await code(ssm.getParameterHistory({ Name: '/nil' }))).toBe('ParameterNotFound');
});

test('100 versions are kept, and a label on the oldest stops the next write', async () => {
  const { ssm } = await start();
  await versions(ssm, 101);
  expect(await code(ssm.getParameter({ Name: `${Name}:1` }))).toBe('ParameterVersionNotFound');
  expect((await ssm.getParameter({ Name: `${Name}:2` })).Parameter?.Value).toBe('v2');
  await ssm.labelParameterVersion({ Name, ParameterVersion: 2, Labels: ['keep'] });
  const write = { Name, Value: 'new', Overwrite: true };
  expect(await failure(ssm.putParameter(write))).toMatch(
    /^ParameterMaxVersionLimitExceeded: .*Version 2, the oldest version/,
  );
  expect((await ssm.getParameter({ Name })).Parameter?.Version).toBe(101);
  await ssm.labelParameterVersion({ Name, ParameterVersion: 3, Labels: ['keep'] });
  expect(await ssm.putParameter(write)).toMatchObject({ Version: 102 });
  expect(await code(ssm.putParameter(write))).toBe('ParameterMaxVersionLimitExceeded');
});

test('a label is on one version at a time, and the latest is the default', async () => {
  const { ssm } = await start();
  await versions(ssm, 3);
  const labels = async (): Promise<unknown[]> =>
    present((await ssm.getParameterHistory({ Name })).Parameters).map((one) => one.Labels);
  expect(await ssm.labelParameterVersion({ Name, Labels: ['prod', 'x'] })).toMatchObject({
    ParameterVersion: 3,
    InvalidLabels: [],
  });
  await ssm.labelParameterVersion({ Name, ParameterVersion: 1, Labels: ['prod'] });
  expect(await labels()).toEqual([['prod'], [], ['x']]);
  expect((await ssm.getParameter({ Name: `${Name}:prod` })).Parameter?.Value).toBe('v1');
  const removed = await ssm.unlabelParameterVersion({ Name, ParameterVersion: 1, Labels: ['prod', 'x'] });
  expect(removed).toMatchObject({ RemovedLabels: ['prod'], InvalidLabels: ['x'] });
  expect(await labels()).toEqual([[], [], ['x']]);
});

test('bad labels are told apart from too many', async () => {
  const { ssm } = await start();
  await versions(ssm, 2);
  const bad = ['1st', 'aws-x', 'SSM', 'a b', 'ü'];
  const answer = await ssm.labelParameterVersion({ Name, ParameterVersion: 1, Labels: ['good', ...bad] });
  expect(answer.InvalidLabels).toEqual(bad);
  expect((await ssm.getParameter({ Name: `${Name}:good` })).Parameter?.Version).toBe(1);
  const nine = Array.from({ length: 9 }, (_, n) => `l${n}`);
  await ssm.labelParameterVersion({ Name, ParameterVersion: 1, Labels: nine });
  expect(await code(ssm.labelParameterVersion({ Name, ParameterVersion: 1, Labels: ['eleventh'] }))).toBe(
    'ParameterVersionLabelLimitExceeded',
  );
  const eleven = Array.from({ length: 11 }, (_, n) => `m${n}`);
  expect(await code(ssm.labelParameterVersion({ Name, Labels: eleven }))).toBe('ValidationException');
  expect(await code(ssm.labelParameterVersion({ Name, Labels: ['x'.repeat(101)] }))).toBe(
    'ValidationException',
  );
  expect(await code(ssm.labelParameterVersion({ Name, ParameterVersion: 9, Labels: ['a'] }))).toBe(
    'ParameterVersionNotFound',
  );
  expect(await code(ssm.labelParameterVersion({ Name: '/nil', Labels: ['a'] }))).toBe('ParameterNotFound');
});
