import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { checkProperty } from '../support/seed.ts';
import { mistakes, type Written, written } from './arbitrary.ts';
import { type Block, type Synthesized, synthConfig } from './synth.ts';

describe('any waxseal.json', () => {
  it('every region of every vault has all that is its own, and no other region has anything', async () => {
    await checkProperty(
      'right files synthesized',
      fc.asyncProperty(written, async (file) => {
        expectComplete(file, synthConfig(await parseConfig(JSON.stringify(file), 'waxseal.json')));
      }),
      { small: 60, full: 2000 },
    );
  });

  it.each(mistakes)('$name: refused with its line and its reason', async ({ make, says }) => {
    await checkProperty(
      'wrong files refused',
      fc.asyncProperty(written, fc.nat(), async (file, pick) => {
        const paths = Object.keys(file.vaults);
        const path = paths[pick % paths.length] ?? '';
        const vault = file.vaults[path];
        if (vault === undefined) throw new Error('a waxseal.json without vaults is not a right one');
        make(file, path, vault);
        await expect(parseConfig(JSON.stringify(file, null, 2), 'waxseal.json')).rejects.toMatchObject({
          code: 'config_invalid',
          message: expect.stringMatching(new RegExp(`^waxseal\\.json:\\d+: .*${says.source}`)),
        });
      }),
      { small: 20, full: 1000 },
    );
  });
});

function expectComplete(file: Written, stack: Synthesized): void {
  const keys = stack.of('aws_kms_key');
  const replicas = stack.of('aws_kms_replica_key');
  const aliases = stack.of('aws_kms_alias');
  const descriptors = stack.of('aws_ssm_parameter');
  let made = 0;
  for (const [path, vault] of Object.entries(file.vaults)) {
    const regions = [vault.home, ...vault.replicas].sort();
    const primary = vault.kmsKey === undefined ? [vault.primary ?? vault.home] : [];
    const others = vault.kmsKey === undefined ? regions.filter((region) => region !== primary[0]) : [];
    const tagged = ({ tags }: Block): boolean =>
      (tags as Record<string, string> | undefined)?.['waxseal:vault'] === path;
    expect(regionsOf(keys.filter(tagged))).toEqual(primary);
    expect(regionsOf(replicas.filter(tagged))).toEqual(others);
    expect(regionsOf(aliases.filter(({ name }) => name === `alias/waxseal${path}`))).toEqual(
      [...primary, ...others].sort(),
    );
    expect(regionsOf(descriptors.filter(({ name }) => name === `${path}/.waxseal/vault`))).toEqual(regions);
    const policies = new Set([...keys, ...replicas].filter(tagged).map(({ policy }) => policy));
    expect(policies.size).toBe(primary.length);
    made += 2 * (primary.length + others.length) + regions.length;
  }
  // Nothing else was made: so nothing stands in a region that is not the vault's.
  expect(Object.values(stack.resource).flatMap((type) => Object.values(type))).toHaveLength(made);
}

function regionsOf(blocks: readonly Block[]): readonly unknown[] {
  return blocks.map(({ region }) => region).sort();
}
