/** Deploys to the embedded AWS by real Terraform: everything that the life of a stack brings. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { startLocal } from '../e2e/support/aws.ts';
import { NODE } from '../e2e/support/sandbox.ts';
import { deep } from '../support/seed.ts';
import { type Project, project, whyNot } from './support/project.ts';

const reason = whyNot();
if (reason !== undefined) console.log(`deploys are skipped: ${reason}`);
else if (!deep) console.log('deploys are skipped: npm run test:deep runs them, they take minutes');

const PATIENCE = 180_000;

/** Deploys, and expects it to work. */
async function deployed(p: Project): Promise<string> {
  const { status, out, err } = await p.deploy('deploy');
  expect(status, err).toBe(0);
  return out;
}

/** Expects that a deploy is refused, with these words, and that nothing was changed. */
async function refused(p: Project, ...says: readonly string[]): Promise<void> {
  const before = p.state();
  const { status, err } = await p.deploy('deploy');
  expect(status, err).toBe(1);
  for (const words of says) expect(err).toContain(words);
  expect(p.state()).toBe(before);
}

async function noChanges(p: Project): Promise<void> {
  const { status, out, err } = await p.deploy('diff', '--exit-code');
  expect(out, err).toBe('No changes.\n');
  expect(status).toBe(0);
}

/** Sets a secret and finds it by get in each region, and by exec. */
async function works(p: Project, regions: readonly string[], value: string): Promise<void> {
  const set = await p.waxseal(['set', 'TOKEN', '--exact', '--json'], value);
  expect(set.status, set.err).toBe(0);
  expect(JSON.parse(set.out)).toMatchObject({ behind: [] });
  for (const region of regions) {
    expect((await p.waxseal(['get', 'TOKEN', '--region', region])).out).toBe(value);
  }
  const script = 'process.stdout.write(process.env.TOKEN ?? "")';
  expect((await p.waxseal(['exec', '-q', '--', NODE, '-e', script])).out).toBe(value);
}

describe.skipIf(reason !== undefined)('a stack on the embedded AWS', () => {
  test.runIf(deep)(
    'deploy, no changes, change in place, a third region, guard, destroy',
    async () => {
      const p = project();
      const secret = `planted-${randomBytes(24).toString('hex')}`;
      const first = await deployed(p);
      expect(first).toContain('+ make the primary key of /acme/prod: us-east-1\n');
      expect(first).toContain('+ make the replica key of /acme/prod: eu-west-1\n');
      expect(first).toContain('+ make the alias of /acme/jobs: us-east-1\n');
      expect(first).toContain('+ make the policy of /acme/prod: admin, auditor, reader, writer\n');
      expect(first).toContain('+ make the alarm rule of /acme/prod: eu-west-1, us-east-1\n');
      await noChanges(p);
      await works(p, ['us-east-1', 'eu-west-1'], secret);
      // The vault that shares the key has an alias of its own, and a context of its own.
      const shared = await p.waxseal(['set', 'JOB', '--vault', '/acme/jobs'], secret);
      expect(shared.status, shared.err).toBe(0);

      p.change(({ tags, vaults }) => {
        tags.team = 'platform';
        Object.assign(vaults['/acme/prod'] ?? {}, {
          rotationDays: 180,
          replicas: ['eu-west-1', 'ap-southeast-2'],
        });
      });
      const { out: difference, status } = await p.deploy('diff', '--exit-code');
      expect(status).toBe(5);
      const lines = difference.split('\n').filter((line) => line !== '');
      const made = lines.filter((line) => line.startsWith('  +'));
      expect(made.length).toBeGreaterThan(5);
      for (const line of made) expect(line).toMatch(/: ap-southeast-2$/);
      expect(lines.filter((line) => /^ {2}[!-]/.test(line))).toEqual([]);
      expect(difference).toContain(
        '~ change the primary key of /acme/prod: us-east-1\n      rotation_period_in_days: 365 → 180\n      tags: team payments → platform\n',
      );
      const fields = new Set(
        lines.filter((line) => line.startsWith('      ')).map((line) => line.trim().split(':')[0]),
      );
      expect([...fields].sort()).toEqual(['rotation_period_in_days', 'tags', 'value']);

      expect(await deployed(p)).toBe(difference);
      await noChanges(p);
      // What the vault held before is brought to the new region by a sync, and by nothing else.
      expect((await p.waxseal(['status'])).status).toBe(5);
      const synced = await p.waxseal(['region', 'sync', '--yes']);
      expect(synced.status, synced.err).toBe(0);
      const equal = await p.waxseal(['status']);
      expect(equal.status, equal.err).toBe(0);
      expect(equal.out).toContain('1 secret, 3 regions: all equal');
      expect((await p.waxseal(['get', 'TOKEN', '--region', 'ap-southeast-2'])).out).toBe(secret);
      await works(p, ['us-east-1', 'eu-west-1', 'ap-southeast-2'], `${secret}-2`);

      // Nothing of a secret is in the state: neither plain nor sealed.
      expect(p.state()).toContain('/acme/prod/.waxseal/vault');
      expect(p.state()).not.toContain('planted');
      expect(p.state()).not.toContain('/acme/prod/TOKEN');

      const destroy = await p.deploy('destroy');
      expect(destroy.status).toBe(1);
      expect(destroy.err).toContain('it would delete the primary key of /acme/prod (us-east-1)');
      expect(destroy.err).toContain('hint: give vault /acme/prod "retired": true in waxseal.json');
      await works(p, ['ap-southeast-2'], `${secret}-3`);

      p.change(({ vaults }) => {
        for (const vault of Object.values(vaults)) vault.retired = true;
      });
      await deployed(p);
      const allowed = await p.deploy('destroy');
      expect(allowed.status, allowed.err).toBe(0);
      expect(JSON.parse(p.state().split('\n\n')[0] ?? '').resources ?? []).toEqual([]);
    },
    PATIENCE,
  );

  test.runIf(deep)(
    'a vault or region leaves by being retired, home moves by itself, and nothing leaves by a missing line',
    async () => {
      const p = project();
      p.change(({ vaults }) =>
        Object.assign(vaults['/acme/prod'] ?? {}, { replicas: ['eu-west-1', 'sa-east-1'] }),
      );
      await deployed(p);
      await works(p, ['us-east-1', 'eu-west-1', 'sa-east-1'], 'before a region was dropped');
      p.change(({ vaults }) => vaults['/acme/prod']?.replicas?.pop());
      await refused(
        p,
        'it would delete the replica key of /acme/prod (sa-east-1)',
        '"retired": ["sa-east-1"]',
      );
      p.change(({ vaults }) => {
        const vault = vaults['/acme/prod'];
        vault?.replicas?.push('sa-east-1');
        Object.assign(vault ?? {}, { retired: ['sa-east-1'] });
      });
      await deployed(p);
      p.change(({ vaults }) => {
        vaults['/acme/prod']?.replicas?.pop();
        delete vaults['/acme/prod']?.retired;
      });
      expect(await deployed(p)).toContain('- delete the replica key of /acme/prod: sa-east-1\n');
      const left = await p.waxseal(['status']);
      expect(left.status, left.err).toBe(0);
      expect(left.out).toContain('1 secret, 2 regions: all equal');
      expect(await p.waxseal(['region', 'sync'])).toMatchObject({ status: 0, out: 'nothing to do\n' });
      expect((await p.waxseal(['doctor'])).status).toBe(0);

      p.change(({ vaults }) => {
        delete vaults['/acme/jobs'];
      });
      await refused(p, 'it would delete the descriptor of /acme/jobs (us-east-1)');

      p.change(({ vaults }) => {
        vaults['/acme/jobs'] = { home: 'us-east-1', sharesKeyWith: '/acme/prod' };
        Object.assign(vaults['/acme/prod'] ?? {}, { home: 'eu-west-1', replicas: ['us-east-1'] });
      });
      await refused(p, 'the primary key of /acme/prod is in us-east-1', 'say "primary": "us-east-1"');
      p.change(({ vaults }) => Object.assign(vaults['/acme/prod'] ?? {}, { primary: 'us-east-1' }));
      const moved = await deployed(p);
      expect(moved.match(/^ {2}\S.*$/gm)).toEqual([
        '  ~ change the descriptor of /acme/prod: eu-west-1, us-east-1',
      ]);
      await works(p, ['us-east-1', 'eu-west-1'], 'after home moved');
    },
    PATIENCE,
  );

  test.runIf(deep)(
    'what is there already is taken over when it is ours, and told of when it is not',
    async () => {
      const p = project();
      // The first start of the embedded AWS makes the vault without Terraform.
      await works(p, ['us-east-1', 'eu-west-1'], 'before the first deploy');
      const out = await deployed(p);
      expect(out).toContain('= take over the primary key of /acme/prod: us-east-1\n');
      expect(out).toContain('= take over the replica key of /acme/prod: eu-west-1\n');
      expect(out).not.toContain('make the primary key');
      await noChanges(p);
      expect((await p.waxseal(['get', 'TOKEN'])).out).toBe('before the first deploy');

      const local = await startLocal(p.box, [], { patience: PATIENCE });
      const { KMS } = await import('@aws-sdk/client-kms');
      const credentials = { accessKeyId: 'waxseal', secretAccessKey: 'waxseal' };
      const kms = new KMS({ region: 'us-east-1', endpoint: local.endpoint, credentials });
      const { KeyMetadata: stranger } = await kms.createKey({});
      await kms.createAlias({ AliasName: 'alias/waxseal/acme/new', TargetKeyId: stranger?.KeyId ?? '' });
      p.change(({ vaults }) => {
        vaults['/acme/new'] = { home: 'us-east-1' };
      });
      await refused(
        p,
        `alias/waxseal/acme/new stands in us-east-1 before key ${stranger?.KeyId}, which waxseal did not make`,
        `adopt it with "keyId": "${stranger?.KeyId}"`,
      );
      p.change(({ vaults }) => Object.assign(vaults['/acme/new'] ?? {}, { keyId: stranger?.KeyId }));
      expect(await deployed(p)).toContain('= take over the alias of /acme/new: us-east-1\n');
      await noChanges(p);
      const adopted = await p.waxseal(['set', 'A', '--vault', '/acme/new'], 'under an adopted key');
      expect(adopted.status, adopted.err).toBe(0);

      // An alias that somebody moved is put back; one that a deploy would move is not moved.
      const { Aliases = [] } = await kms.listAliases({});
      const own = Aliases.find(({ AliasName }) => AliasName === 'alias/waxseal/acme/prod')?.TargetKeyId ?? '';
      await kms.updateAlias({ AliasName: 'alias/waxseal/acme/prod', TargetKeyId: stranger?.KeyId ?? '' });
      expect(await deployed(p)).toContain(`target_key_id: ${stranger?.KeyId} → ${own}\n`);
      expect((await p.waxseal(['get', 'TOKEN'])).out).toBe('before the first deploy');

      // An adopted key, and one of ours, that are about to go.
      await kms.scheduleKeyDeletion({ KeyId: stranger?.KeyId ?? '' });
      const { status, err } = await p.deploy('deploy');
      expect(status).toBe(1);
      expect(err.replace(/\s+/g, ' ')).toContain(
        'The key that vault /acme/new adopts is not enabled in us-east-1',
      );
      await kms.cancelKeyDeletion({ KeyId: stranger?.KeyId ?? '' });
      await kms.enableKey({ KeyId: stranger?.KeyId ?? '' });
      const eu = new KMS({ region: 'eu-west-1', endpoint: local.endpoint, credentials });
      await eu.scheduleKeyDeletion({ KeyId: own });
      await refused(
        p,
        'the replica key of /acme/prod (eu-west-1) is gone or pending deletion',
        `aws kms cancel-key-deletion --key-id ${own} --region eu-west-1`,
      );
      await eu.cancelKeyDeletion({ KeyId: own });
      await eu.enableKey({ KeyId: own });
      await noChanges(p);
      kms.destroy();
      eu.destroy();
      await local.stop();
    },
    PATIENCE,
  );

  test.runIf(deep).each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    'cut off half-way by %s, the next deploy finishes it',
    async (signal) => {
      const p = project();
      const cut = p.start('deploy');
      await cut.until('something is made', (_out, err) => /^\[[3-9]\//m.test(err));
      if (signal === 'SIGKILL') {
        // Terraform has a process group of its own.
        for (const pid of childrenOf(cut.pid)) process.kill(pid, 'SIGKILL');
      }
      cut.kill(signal);
      const { status } = await cut.ended;
      expect(status).not.toBe(0);
      await deployed(p);
      await noChanges(p);
      await works(p, ['us-east-1', 'eu-west-1'], 'after it was cut off');
    },
    PATIENCE,
  );

  test.runIf(deep)(
    'cdktf itself finds nothing to change after npm run deploy',
    async () => {
      const p = project();
      await deployed(p);
      const local = await startLocal(p.box, [], { patience: PATIENCE });
      const cdktf = createRequire(import.meta.url).resolve('cdktf-cli/bundle/bin/cdktf');
      const { out, err } = await p.box.start(NODE, [cdktf, 'diff', '--skip-provider-lock'], {
        env: {
          TF_CLI_CONFIG_FILE: process.env.TF_CLI_CONFIG_FILE,
          WAXSEAL_ENDPOINT: local.endpoint,
          CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1',
          CHECKPOINT_DISABLE: '1',
          CI: '1',
        },
      }).ended;
      expect(`${out}${err}`).toContain('No changes.');
      await local.stop();
    },
    PATIENCE,
  );
});

/** The processes that a process started and that still run. */
function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text
    .split(' ')
    .filter((child) => child !== '')
    .map(Number);
}
