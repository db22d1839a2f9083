import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { deep } from '../support/seed.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CDKTF = JSON.parse(readFileSync(join(ROOT, 'cdktf.json'), 'utf8')) as Record<string, unknown>;
const GOOD = JSON.stringify({
  vaults: { '/acme/prod': { home: 'us-east-1', replicas: ['eu-west-1'] } },
});
const EMBEDDED_STATE = { local: { path: '../../../.waxseal/terraform.tfstate' } };
const OUT = join('cdktf.out', 'stacks', 'waxseal', 'cdk.tf.json');

const base = mkdtempSync(join(tmpdir(), 'waxseal-app-'));
afterAll(() => rmSync(base, { recursive: true }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(base, 'project-'));
});

/** A process with nothing of this one's environment: no terraform on PATH, no AWS settings. */
function run(
  script: string,
  env: Record<string, string> = {},
  cwd: string = folder,
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [join(ROOT, script)], {
    cwd,
    encoding: 'utf8',
    env: { PATH: join(base, 'nothing'), HOME: base, ...env },
  });
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

interface Written {
  readonly provider: { readonly aws: readonly unknown[] };
  readonly terraform: { readonly backend: unknown };
}

function synthesized(): { text: string; provider: unknown; backend: unknown } {
  const text = readFileSync(join(folder, OUT), 'utf8');
  const { provider, terraform } = JSON.parse(text) as Written;
  return { text, provider: provider.aws, backend: terraform.backend };
}

describe('main.ts', () => {
  it('writes the stack of the waxseal.json above, the same each time, without a path of this machine', () => {
    write('waxseal.json', GOOD);
    expect(run('main.ts')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const { text, provider, backend } = synthesized();
    expect(provider).toEqual([{ region: 'us-east-1' }]);
    expect(backend).toEqual({ local: { path: '../../../terraform.waxseal.tfstate' } });
    expect(text).toContain('"aws_kms_replica_key"');
    expect(text).not.toContain(folder);
    expect(text).not.toContain(ROOT);

    mkdirSync(join(folder, 'below'));
    run('main.ts', {}, join(folder, 'below'));
    expect(readFileSync(join(folder, 'below', OUT), 'utf8')).toBe(text);
  });

  it('never lets a stack for the embedded AWS reach an account', () => {
    write('waxseal.json', JSON.stringify({ ...(JSON.parse(GOOD) as object), aws: 'embedded' }));
    expect(run('main.ts', { AWS_PROFILE: 'production' }).status).toBe(0);
    // Lost together with the embedded AWS, and never taken for the state of an account.
    expect(synthesized().backend).toEqual(EMBEDDED_STATE);
    const url = 'http://127.0.0.1:9';
    expect(synthesized().provider).toEqual([
      expect.objectContaining({
        access_key: 'waxseal',
        endpoints: [{ kms: url, ssm: url, sts: url, iam: url, sns: url, events: url }],
      }),
    ]);
  });

  it('sends Terraform to WAXSEAL_ENDPOINT', () => {
    write('waxseal.json', GOOD);
    expect(run('main.ts', { WAXSEAL_ENDPOINT: 'http://127.0.0.1:4599/' }).status).toBe(0);
    expect(synthesized().backend).toEqual(EMBEDDED_STATE);
    const url = 'http://127.0.0.1:4599';
    expect(synthesized().provider).toEqual([
      expect.objectContaining({
        endpoints: [{ kms: url, ssm: url, sts: url, iam: url, sns: url, events: url }],
      }),
    ]);
  });

  it.each([
    ['no waxseal.json', undefined, {}, 'there is no waxseal.json here or above'],
    ['no JSON', '{\n  "vaults": {},\n}', {}, 'waxseal.json:3:1: '],
    ['no vault', '{\n  "vaults": {} }', {}, 'waxseal.json:2: names no vault'],
    [
      'an endpoint elsewhere',
      GOOD,
      { WAXSEAL_ENDPOINT: 'http://example.com' },
      'is plain http to another machine',
    ],
  ])('%s: one line and a hint, no stack trace, exit code 2, nothing written', (_, text, env, says) => {
    if (text !== undefined) write('waxseal.json', text);
    const { status, stdout, stderr } = run('main.ts', env);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^.+\nhint: .+\n$/);
    expect(stderr).toContain(says);
    expect(() => synthesized()).toThrow('ENOENT');
  });
});

describe('scripts/synth.ts', () => {
  beforeEach(() => {
    write('cdktf.json', JSON.stringify({ ...CDKTF, app: `node "${join(ROOT, 'main.ts')}"` }));
  });

  it.runIf(deep)('says what was written and nothing else, without terraform on PATH', () => {
    write('waxseal.json', GOOD);
    expect(run('scripts/synth.ts')).toMatchObject({
      stderr: '',
      stdout: [
        'aws: the account that your AWS configuration means',
        'vault /acme/prod',
        '  primary key in us-east-1',
        '  replica key in eu-west-1',
        '  alias alias/waxseal/acme/prod in eu-west-1, us-east-1',
        '  descriptor /acme/prod/.waxseal/vault in eu-west-1, us-east-1',
        '  alarms in eu-west-1, us-east-1',
        `  policies ${['admin', 'auditor', 'reader', 'writer'].map((level) => `waxseal.acme.prod.${level}`).join(', ')}`,
        OUT,
        '',
      ].join('\n'),
      status: 0,
    });
    expect(synthesized().text).toContain('"aws_ssm_parameter"');
  });

  it('says how to deploy to the embedded AWS', () => {
    write('waxseal.json', JSON.stringify({ ...(JSON.parse(GOOD) as object), aws: 'embedded' }));
    expect(run('scripts/synth.ts').stdout).toMatch(/^aws: the embedded one; npm run deploy:local /);
  });

  it.runIf(deep)('on failure shows what was said and exits as cdktf does', () => {
    write('waxseal.json', '{ "vaults": {} }');
    const { status, stdout, stderr } = run('scripts/synth.ts');
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('waxseal.json:1: names no vault');
  });
});

describe('cdktf.json', () => {
  it('runs main.ts as it is and reports nothing to anybody', () => {
    expect(CDKTF).toMatchObject({ language: 'typescript', app: 'node main.ts', sendCrashReports: 'false' });
    expect(dirname(dirname(dirname(OUT)))).toBe(CDKTF.output);
  });
});
