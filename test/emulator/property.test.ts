import type { SSM } from '@aws-sdk/client-ssm';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/index.ts';
import { checkProperty, seed } from '../support/seed.ts';
import { clients, folder, start } from './support.ts';

const labels = ['x', 'y', 'z'];

type Step =
  | { readonly do: 'put'; readonly name: string; readonly overwrite: boolean; readonly secure: boolean }
  | { readonly do: 'burst'; readonly name: string; readonly count: number }
  | { readonly do: 'delete'; readonly name: string }
  | { readonly do: 'label'; readonly name: string; readonly version: number; readonly label: string };

const name = fc.constantFrom('/a', '/a/b', 'c');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      name,
      overwrite: fc.boolean(),
      secure: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('burst' as const),
      name,
      count: fc.integer({ min: 90, max: 120 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), name }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('label' as const),
      name,
      version: fc.integer({ min: 1, max: 12 }),
      label: fc.constantFrom(...labels),
    }),
  },
);

/** What Parameter Store is: per name a type and the last 100 versions with their values and labels. */
interface Model {
  readonly type: string;
  latest: number;
  versions: { readonly version: number; readonly value: string; labels: string[] }[];
}

function modelPut(
  model: Map<string, Model>,
  at: string,
  type: string,
  overwrite: boolean,
  value: string,
): string {
  const old = model.get(at);
  if (old === undefined) {
    model.set(at, { type, latest: 1, versions: [{ version: 1, value, labels: [] }] });
    return 'ok 1';
  }
  if (!overwrite) return 'ParameterAlreadyExists';
  if (old.type !== type) return 'HierarchyTypeMismatchException';
  if (old.versions.length === 100) {
    if ((old.versions[0]?.labels.length ?? 0) > 0) return 'ParameterMaxVersionLimitExceeded';
    old.versions.shift();
  }
  old.latest += 1;
  old.versions.push({ version: old.latest, value, labels: [] });
  return `ok ${old.latest}`;
}

function modelLabel(model: Map<string, Model>, at: string, version: number, label: string): string {
  const old = model.get(at);
  if (old === undefined) return 'ParameterNotFound';
  const target = old.versions.find((one) => one.version === version);
  if (target === undefined) return 'ParameterVersionNotFound';
  for (const one of old.versions)
    if (one !== target) one.labels = one.labels.filter((other) => other !== label);
  if (!target.labels.includes(label)) target.labels.push(label);
  return `ok ${version}`;
}

async function outcome(
  call: Promise<{ readonly Version?: number | undefined; readonly ParameterVersion?: number | undefined }>,
): Promise<string> {
  try {
    const { Version, ParameterVersion } = await call;
    return `ok ${Version ?? ParameterVersion ?? ''}`.trim();
  } catch (error) {
    return error instanceof Error ? error.name : 'error';
  }
}

async function apply(ssm: SSM, model: Map<string, Model>, one: Step, value: string): Promise<void> {
  switch (one.do) {
    case 'put': {
      const Type = one.secure ? 'SecureString' : 'String';
      const call = ssm.putParameter({ Name: one.name, Value: value, Type, Overwrite: one.overwrite });
      expect(await outcome(call)).toBe(modelPut(model, one.name, Type, one.overwrite, value));
      return;
    }
    case 'burst': {
      const Type = model.get(one.name)?.type === 'SecureString' ? 'SecureString' : 'String';
      for (let n = 0; n < one.count; n++) {
        const call = ssm.putParameter({ Name: one.name, Value: `${value} ${n}`, Type, Overwrite: true });
        expect(await outcome(call)).toBe(modelPut(model, one.name, Type, true, `${value} ${n}`));
      }
      return;
    }
    case 'delete': {
      const expected = model.delete(one.name) ? 'ok' : 'ParameterNotFound';
      expect(await outcome(ssm.deleteParameter({ Name: one.name }) as Promise<object>)).toBe(expected);
      return;
    }
    case 'label': {
      const call = ssm.labelParameterVersion({
        Name: one.name,
        ParameterVersion: one.version,
        Labels: [one.label],
      });
      expect(await outcome(call)).toBe(modelLabel(model, one.name, one.version, one.label));
    }
  }
}

async function compare(ssm: SSM, model: ReadonlyMap<string, Model>): Promise<void> {
  for (const at of ['/a', '/a/b', 'c']) {
    const expected = model.get(at)?.versions ?? [];
    const found: object[] = [];
    for (
      let NextToken: string | undefined, more = expected.length > 0;
      more;
      more = NextToken !== undefined
    ) {
      const page = await ssm.getParameterHistory({
        Name: at,
        WithDecryption: true,
        ...(NextToken ? { NextToken } : {}),
      });
      for (const one of page.Parameters ?? [])
        found.push({ version: one.Version, value: one.Value, labels: one.Labels });
      NextToken = page.NextToken;
    }
    expect(found).toEqual(expected);
    for (const label of labels) {
      const holder = expected.find((one) => one.labels.includes(label));
      const read = await ssm.getParameters({ Names: [`${at}:${label}`] });
      expect(read.Parameters?.[0]?.Version).toBe(holder?.version);
    }
  }
  expect((await ssm.describeParameters({})).Parameters).toHaveLength(model.size);
}

test('versions, history and labels follow a small model', async () => {
  const run = async (steps: readonly Step[]): Promise<void> => {
    const emulator = await startEmulator();
    try {
      const { ssm } = clients(emulator.endpoint);
      const model = new Map<string, Model>();
      for (const [index, one] of steps.entries()) await apply(ssm, model, one, `v${index}`);
      await compare(ssm, model);
    } finally {
      await emulator.close();
    }
  };
  const steps = fc.array(step, { minLength: 1, maxLength: 30 });
  await checkProperty('sequences of calls', fc.asyncProperty(steps, run), { small: 25, full: 500 });
});

test('a restart in between changes nothing', async () => {
  const stateDir = await folder();
  const steps = fc.sample(step, { seed, numRuns: 60 });
  const model = new Map<string, Model>();
  for (let from = 0; from < steps.length; from += 20) {
    const emulator = await startEmulator({ stateDir });
    const { ssm } = clients(emulator.endpoint);
    for (const [index, one] of steps.slice(from, from + 20).entries())
      await apply(ssm, model, one, `v${from + index}`);
    await emulator.close();
  }
  const { ssm } = await start({ stateDir });
  await compare(ssm, model);
  expect(model.size).toBeGreaterThan(0);
});
