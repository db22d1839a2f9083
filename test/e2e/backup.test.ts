/** Purging, backing up and restoring as a person meets them. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteParametersCommand, paginateGetParametersByPath } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { startLocal } from './support/aws.ts';
import { type Sandbox, sandbox } from './support/sandbox.ts';

const HOME = 'us-east-1';
const REPLICA = 'eu-west-1';
const TWO_VAULTS = {
  aws: 'embedded',
  defaultVault: '/acme/dev',
  vaults: {
    '/acme/dev': { home: HOME, replicas: [REPLICA] },
    '/acme/copy': { home: REPLICA, replicas: [HOME] },
  },
};

async function ok(box: Sandbox, args: readonly string[], input?: string): Promise<string> {
  const { status, out, err } = await box.waxseal(args, input === undefined ? {} : { input });
  expect(status, err).toBe(0);
  return out;
}

test.runIf(deep)('purge asks, needs a deleted secret, and says what stays', async () => {
  const box = sandbox();
  await ok(box, ['set', 'KEPT', '--exact'], 'x');
  await ok(box, ['set', 'OLD', '--exact'], 'geheim');
  const alive = await box.waxseal(['purge', 'OLD', '--yes']);
  expect(alive.status).toBe(5);
  expect(alive.err).toContain('waxseal delete');
  await ok(box, ['delete', 'OLD', '--yes']);
  const asked = await box.waxseal(['purge', 'OLD']);
  expect(asked.status).toBe(2);
  expect(asked.err).toContain('--yes');
  const purged = await box.waxseal(['purge', 'OLD', '--yes', '--expect-revision', '2']);
  expect(purged).toMatchObject({
    status: 0,
    out: `OLD purged at revision 2: removed in ${REPLICA}, ${HOME}\n`,
  });
  expect(purged.err).toContain('in backups');
  expect(await ok(box, ['list', '--deleted', '--json'])).not.toContain('OLD');
  expect((await box.waxseal(['history', 'OLD'])).status).toBe(3);
  const again = JSON.parse(await ok(box, ['purge', 'OLD', '--yes', '--json'])) as object;
  expect(again).toMatchObject({ name: 'OLD', revision: 2, removed: [] });
  expect((await box.waxseal(['purge', 'NEVER', '--yes'])).status).toBe(3);
  expect(JSON.parse(await ok(box, ['set', 'OLD', '--exact', '--json'], 'reborn'))).toMatchObject({
    revision: 3,
  });
});

test.runIf(deep)('purge publishes nothing of a vault that is published by hand', async () => {
  const box = sandbox({
    aws: 'embedded',
    vaults: { '/acme/dev': { home: HOME, replicas: [REPLICA], publish: 'manual' } },
  });
  await ok(box, ['set', 'OLD', '--exact'], 'x');
  await ok(box, ['delete', 'OLD', '--yes']);
  const refused = await box.waxseal(['purge', 'OLD', '--yes']);
  expect(refused.status).toBe(5);
  expect(refused.err).toContain('waxseal release publish');
  await ok(box, ['release', 'publish']);
  await ok(box, ['purge', 'OLD', '--yes']);
});

test('backup and restore: from nothing, and into another vault', async () => {
  const box = sandbox(TWO_VAULTS);
  const values = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`N_${n}`, `geheim ${n}`.repeat(9)]),
  );
  await ok(box, ['import', '-', '--format', 'json'], JSON.stringify(values));
  await ok(box, ['set', 'N_0', '--exact'], 'changed');
  const file = join(box.cwd, 'dev.waxseal');
  const told = JSON.parse(await ok(box, ['backup', 'dev.waxseal', '--json'])) as object;
  expect(told).toMatchObject({ vault: '/acme/dev', secrets: 40, versions: 41, leftOut: 0 });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = readFileSync(file, 'utf8');
  expect(text).not.toContain('geheim');
  expect(readdirSync(box.cwd).filter((name) => name.endsWith('-partial'))).toEqual([]);
  expect((await box.waxseal(['backup', 'dev.waxseal'])).status).toBe(5);
  await ok(box, ['backup', 'dev.waxseal', '--force']);
  const piped = await box.waxseal(['backup', '-']);
  expect(piped.out.split('\n').length).toBe(readFileSync(file, 'utf8').split('\n').length);
  expect((await box.waxseal(['backup', '-', '--json'])).status).toBe(2);

  const full = await box.waxseal(['restore', 'dev.waxseal', '--vault', '/acme/dev', '--dry-run']);
  // All of it is there already, so that there is room for it.
  expect(full.status, full.err).toBe(0);
  const asked = await box.waxseal(['restore', 'dev.waxseal', '--vault', '/acme/copy']);
  expect(asked.status).toBe(2);
  const restored = await box.waxseal(['restore', 'dev.waxseal', '--vault', '/acme/copy', '--yes', '--json']);
  expect(restored.status, restored.err).toBe(0);
  expect(JSON.parse(restored.out)).toMatchObject({ secrets: 40, versions: 40, sealedAnew: true, behind: [] });
  expect(restored.err).toContain('kms:Decrypt on alias/waxseal/acme/dev');
  expect(await ok(box, ['get', 'N_7', '--vault', '/acme/copy'])).toBe(values.N_7);
  const listed = await ok(box, ['list', '--json', '--vault', '/acme/copy']);
  expect(JSON.parse(listed)).toMatchObject({
    secrets: expect.arrayContaining([expect.objectContaining({ name: 'N_0', revision: 2 })]),
  });

  await ok(box, ['set', 'N_7', '--exact'], 'newer');
  const inUse = await box.waxseal(['restore', 'dev.waxseal', '--yes']);
  expect(inUse.status).toBe(5);
  expect(inUse.err).toContain('N_7');
  expect(await ok(box, ['get', 'N_7'])).toBe('newer');
});

test.runIf(deep)(
  'restore from nothing: the parameters are lost in both regions, the key is there',
  async () => {
    const box = sandbox();
    await ok(
      box,
      ['import', '-', '--format', 'json'],
      JSON.stringify({ A: 'one', B: 'x'.repeat(3000), C: 'three' }),
    );
    await ok(box, ['set', 'A', '--exact'], 'two');
    await ok(box, ['delete', 'C', '--yes']);
    await ok(box, ['release', 'pin', '1']);
    await ok(box, ['backup', 'dev.waxseal']);
    const local = await startLocal(box);
    for (const region of [HOME, REPLICA]) {
      const ssm = local.ssm(region);
      const pages = paginateGetParametersByPath({ client: ssm }, { Path: '/acme/dev', Recursive: true });
      for await (const { Parameters = [] } of pages) {
        const names = Parameters.map(({ Name = '' }) => Name);
        if (names.length > 0) await ssm.send(new DeleteParametersCommand({ Names: names }));
      }
    }
    expect((await box.waxseal(['exec', '--', 'true'])).status).not.toBe(0);
    const restored = await box.waxseal(['restore', 'dev.waxseal', '--yes']);
    expect(restored, restored.err).toMatchObject({
      status: 0,
      out: '3 secrets with 5 revisions, restored and read back; release 3 holds them\n',
    });
    expect(await ok(box, ['get', 'A', '--region', REPLICA])).toBe('two');
    expect(await ok(box, ['exec', '-q', '--', 'printenv', 'A'])).toBe('two\n');
    const history = JSON.parse(await ok(box, ['history', 'A', '--json'])) as { revisions: object[] };
    expect(JSON.stringify(history)).toContain('"revision":1');
    const pinned = await box.waxseal(['exec', '-q', '--', 'printenv', 'C'], {
      env: { WAXSEAL_RELEASE: '1' },
    });
    expect(pinned.out, pinned.err).toBe('three\n');
    await local.stop();
  },
);

test.runIf(deep)(
  'what is no backup is told before AWS is asked; another key is needed where the key is gone',
  async () => {
    const box = sandbox();
    await ok(box, ['set', 'A', '--exact'], 'x');
    await ok(box, ['backup', 'a.waxseal']);
    const text = readFileSync(join(box.cwd, 'a.waxseal'), 'utf8');
    writeFileSync(join(box.cwd, 'cut.waxseal'), text.slice(0, -20));
    writeFileSync(join(box.cwd, 'changed.waxseal'), text.replace('"rev', '"Rev'));
    for (const name of ['cut', 'changed']) {
      const { status, err } = await box.waxseal(['restore', `${name}.waxseal`, '--yes']);
      expect([status, err]).toEqual([6, expect.stringContaining('[malformed]')]);
    }
    expect((await box.waxseal(['restore', 'none.waxseal', '--yes'])).status).toBe(2);
    expect((await box.waxseal(['restore', 'waxseal.json', '--yes'])).status).toBe(6);

    rmSync(join(box.cwd, '.waxseal'), { recursive: true });
    const gone = await box.waxseal(['restore', 'a.waxseal', '--yes']);
    expect(gone.status, gone.err).not.toBe(0);
    expect(gone.err).toContain('--from-key');
    expect(existsSync(join(box.cwd, '.waxseal'))).toBe(true);
    expect(JSON.parse(await ok(box, ['list', '--json']))).toMatchObject({ secrets: [] });
  },
);
