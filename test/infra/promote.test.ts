/** What `region promote` writes into waxseal.json, as Terraform sees it. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moveHome } from '../../cli/region/move-home.ts';
import { type Config, parseConfig, planVault } from '../../src/config/index.ts';
import { checkProperty } from '../support/seed.ts';
import { written } from './arbitrary.ts';
import { type Synthesized, synthConfig } from './synth.ts';

const KEYS = ['aws_kms_key', 'aws_kms_replica_key', 'aws_kms_alias'] as const;

const parse = (text: string): Promise<Config> => parseConfig(text, 'waxseal.json');

/** The primary key's region, as KMS would tell it of what was deployed from this file. */
function primaryOf(config: Config, vault: string): string | undefined {
  const known = config.vaults[vault];
  return known && planVault(vault, known, config).key?.region;
}

function keysOf(stack: Synthesized): object {
  return Object.fromEntries(KEYS.map((type) => [type, stack.resource[type]]));
}

describe('promote', () => {
  it('touches no key: only the descriptors of the vault change', async () => {
    const text = `{
  "account": "123456789012",
  "vaults": {
    "/acme/prod": { "home": "us-east-1", "replicas": ["eu-west-1", "ap-southeast-2"] },
    "/acme/dev": { "home": "us-east-1", "replicas": ["eu-west-1"], "sharesKeyWith": "/acme/prod" }
  }
}`;
    const edited = await moveHome(text, { vault: '/acme/prod', to: 'eu-west-1', primary: 'us-east-1' });
    const [before, after] = [synthConfig(await parse(text)), synthConfig(await parse(edited))];
    expect(before.of('aws_kms_key')).toHaveLength(1);
    expect(before.of('aws_kms_replica_key')).toHaveLength(2);
    expect(before.of('aws_kms_alias')).toHaveLength(5);
    expect(keysOf(after)).toEqual(keysOf(before));
    const { aws_ssm_parameter: descriptors = {}, ...rest } = before.resource;
    const { aws_ssm_parameter: described = {}, ...others } = after.resource;
    expect(others).toEqual(rest);
    const changed = Object.keys(descriptors).filter((id) => descriptors[id]?.value !== described[id]?.value);
    expect(changed).toHaveLength(3);
    expect(changed.every((id) => String(descriptors[id]?.name).startsWith('/acme/prod/'))).toBe(true);
    // Without the primary written down Terraform would move the primary key: the test can fail.
    const careless = await moveHome(text, { vault: '/acme/prod', to: 'eu-west-1', primary: undefined });
    expect(keysOf(synthConfig(await parse(careless)))).not.toEqual(keysOf(before));
  });

  it('touches no key of any waxseal.json', async () => {
    let moved = 0;
    await checkProperty(
      'homes promoted',
      fc.asyncProperty(written, fc.nat(), fc.constantFrom(0, 2, 4), async (file, pick, indent) => {
        const text = JSON.stringify(file, undefined, indent);
        const config = await parse(text);
        for (const [vault, { replicas, retired }] of Object.entries(config.vaults)) {
          const staying = replicas.filter((region) => !(Array.isArray(retired) && retired.includes(region)));
          const to = staying[pick % staying.length];
          if (to === undefined) continue;
          const edited = await moveHome(text, { vault, to, primary: primaryOf(config, vault) });
          const [before, after] = [synthConfig(config), synthConfig(await parse(edited))];
          expect(keysOf(after)).toEqual(keysOf(before));
          expect((await parse(edited)).vaults[vault]?.home).toBe(to);
          moved += 1;
        }
      }),
      { small: 15, full: 150 },
    );
    expect(moved).toBeGreaterThan(0);
  });
});

describe('the text of waxseal.json', () => {
  const MOVE = { vault: '/a', to: 'eu-west-1', primary: 'us-east-1' };

  it.each([
    [
      'on lines of their own',
      '{\r\n\t"vaults": {\r\n\t\t"/a": {\r\n\t\t\t"home":  "us-east-1",\r\n\t\t\t"replicas": [ "sa-east-1",\r\n\t\t\t\t"eu-west-1" ],\r\n\t\t\t"tier": "advanced"\r\n\t\t}\r\n\t}\r\n}\r\n',
      '{\r\n\t"vaults": {\r\n\t\t"/a": {\r\n\t\t\t"home":  "eu-west-1",\r\n\t\t\t"replicas": [ "sa-east-1",\r\n\t\t\t\t"us-east-1" ],\r\n\t\t\t"primary": "us-east-1",\r\n\t\t\t"tier": "advanced"\r\n\t\t}\r\n\t}\r\n}\r\n',
    ],
    [
      'on one line, with a byte-order mark, replicas first',
      '\uFEFF{"vaults":{"/a":{"replicas":["eu-west-1"],"home":"us-east-1"}, "/b": {"home":"eu-west-1"}}}',
      '\uFEFF{"vaults":{"/a":{"replicas":["us-east-1"], "primary": "us-east-1","home":"eu-west-1"}, "/b": {"home":"eu-west-1"}}}',
    ],
    [
      'with the primary said already',
      '{"vaults":{"/a":{"home":"us-east-1","replicas":["eu-west-1"],"primary":"us-east-1"}}}',
      '{"vaults":{"/a":{"home":"eu-west-1","replicas":["us-east-1"],"primary":"us-east-1"}}}',
    ],
  ])('%s: nothing else changes', async (_what, text, expected) => {
    expect(await moveHome(text, MOVE)).toBe(expected);
  });

  it('that says a key twice is written anew, rightly', async () => {
    const text =
      '{"vaults":{},"vaults":{"/a":{"home":"sa-east-1","home":"us-east-1","replicas":["eu-west-1"]}}}';
    const { vaults } = await parse(await moveHome(text, MOVE));
    expect(vaults['/a']).toMatchObject({ home: 'eu-west-1', replicas: ['us-east-1'], primary: 'us-east-1' });
  });

  it('is refused where the new home is about to be retired', async () => {
    const text = '{"vaults":{"/a":{"home":"us-east-1","replicas":["eu-west-1"],"retired":["eu-west-1"]}}}';
    await expect(moveHome(text, MOVE)).rejects.toMatchObject({ code: 'config_invalid' });
  });
});
