/** What the start of an application loads, seen by the process itself. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { start } from '../../emulator/support.ts';
import { NODE, ROOT, temporaryFolder } from '../../package/support.ts';

const VARIABLES = { WAXSEAL_VAULT: '/acme/dev', WAXSEAL_REGIONS: 'us-east-1,eu-west-1' };

interface Started {
  readonly client: { readonly client: string; readonly why: string };
  readonly value: string | undefined;
  readonly calls: readonly string[];
  readonly loaded: readonly string[];
}

/** Reads one parameter in a process of its own, which knows the vault by variables alone. */
async function boot(env: Readonly<Record<string, string>>, options: string): Promise<Started> {
  const module = (path: string): string => JSON.stringify(join(ROOT, 'src', path));
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    const { resolveSettings } = await import(${module('config/settings.ts')});
    const { connect } = await import(${module('aws/index.ts')});
    const calls = [];
    const settings = await resolveSettings({ env: process.env, cwd: process.cwd() });
    const observe = (call) => calls.push(call.operation);
    const { regions: [home], client, close } = await connect(settings, { ...${options}, observe });
    const found = await home.parameters.read(['/acme/dev/A']);
    await close();
    console.log(JSON.stringify({ client, calls, loaded, value: found.get('/acme/dev/A')?.value }));
  `;
  const { stdout } = await promisify(execFile)(NODE, ['--input-type=module', '--eval', script], {
    cwd: temporaryFolder(),
    env: { ...env, HOME: temporaryFolder() },
  });
  return JSON.parse(stdout) as Started;
}

const HEAVY = /\/(valibot|@aws-sdk|undici)\/|\/src\/(emulator|aws\/sdk|config\/(schema|parse|rules))/;

describe('the start of an application', () => {
  it('loads neither the SDK, nor the schema, nor the embedded AWS', async () => {
    const { emulator, ssm } = await start();
    await ssm.putParameter({ Name: '/acme/dev/A', Value: 'a', Type: 'String' });
    const local = await boot({ ...VARIABLES, WAXSEAL_ENDPOINT: emulator.endpoint }, '{ boot: true }');
    expect(local).toMatchObject({ client: { client: 'lean' }, value: 'a', calls: ['ssm:GetParameters'] });
    expect(local.loaded.filter((url) => HEAVY.test(url))).toEqual([]);
    expect(local.loaded.some((url) => url.includes('/@smithy/signature-v4/'))).toBe(true);
    const account = {
      ...VARIABLES,
      AWS_ENDPOINT_URL: emulator.endpoint,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
    const real = await boot(account, '{ boot: true }');
    expect(real).toMatchObject({ client: { why: 'credentials from the environment' }, value: 'a' });
    expect(real.loaded.filter((url) => HEAVY.test(url))).toEqual([]);
    expect(emulator.calls.at(-1)?.accessKeyId).toBe('AKIDEXAMPLE');
  });

  it('is left to the SDK where the lean client does not know the way, and everything else always is', async () => {
    const { emulator, ssm } = await start();
    await ssm.putParameter({ Name: '/acme/dev/A', Value: 'a', Type: 'String' });
    const account = {
      ...VARIABLES,
      AWS_ENDPOINT_URL: emulator.endpoint,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
    const handed = await boot({ ...account, AWS_CA_BUNDLE: '/none' }, '{ boot: true }');
    expect(handed).toMatchObject({ client: { client: 'sdk', why: 'AWS_CA_BUNDLE is set' }, value: 'a' });
    expect(handed.loaded.some((url) => url.includes('/@aws-sdk/client-ssm/'))).toBe(true);
    const usual = await boot(account, '{}');
    expect(usual).toMatchObject({ client: { client: 'sdk' }, value: 'a', calls: ['ssm:GetParameters'] });
  });
});
