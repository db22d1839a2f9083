import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.ts';
import { checkProperty } from '../support/seed.ts';
import { type Written, type WrittenVault, written } from './arbitrary.ts';
import { expectComplete } from './complete.ts';
import { mistakes } from './mistakes.ts';
import { type Synthesized, synthConfig } from './synth.ts';

const synth = async (file: Written): Promise<Synthesized> =>
  synthConfig(await parseConfig(JSON.stringify(file), 'waxseal.json'));

describe('any waxseal.json', () => {
  it('every region of every vault has all that is its own, and no other region has anything', async () => {
    await checkProperty(
      'right files synthesized',
      fc.asyncProperty(written, async (file) => expectComplete(file, await synth(file))),
      { small: 25, full: 2000 },
    );
  });

  it('the same file makes the same stack', async () => {
    await checkProperty(
      'files synthesized twice',
      fc.asyncProperty(written, async (file) => {
        expect((await synth(file)).json).toBe((await synth(file)).json);
      }),
      { small: 8, full: 500 },
    );
  });

  it('another home changes descriptors and nothing else: the primary keys stay where they are', async () => {
    await checkProperty(
      'homes moved',
      fc.asyncProperty(written, fc.nat(), async (file, pick) => {
        for (const vault of Object.values(file.vaults)) {
          if (vault.sharesKeyWith === undefined) vault.primary ??= vault.home;
        }
        const before = await synth(file);
        for (const vault of Object.values(file.vaults)) moveHome(vault, pick);
        const after = await synth(file);
        const { aws_ssm_parameter: _, ...made } = before.resource;
        const { aws_ssm_parameter: descriptors, ...remade } = after.resource;
        expect(remade).toEqual(made);
        expect(Object.keys(descriptors ?? {})).toEqual(Object.keys(before.resource.aws_ssm_parameter ?? {}));
        expect([after.data, after.output, after.terraform]).toEqual([
          before.data,
          before.output,
          before.terraform,
        ]);
        expectComplete(file, after);
      }),
      { small: 10, full: 1000 },
    );
  });

  it.each(mistakes)('$name: refused with its line and its reason', async ({ make, says, at = '' }) => {
    await checkProperty(
      'wrong files refused',
      fc.asyncProperty(written, fc.nat(), async (file, pick) => {
        const paths = Object.keys(file.vaults);
        const path = paths[pick % paths.length] ?? '';
        const vault = file.vaults[path];
        if (vault === undefined) throw new Error('a waxseal.json without vaults is not a right one');
        make(file, path, vault);
        const text = JSON.stringify(file, null, 2);
        const error: unknown = await parseConfig(text, 'waxseal.json').catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(says) });
        const [, line] = /^waxseal\.json:(\d+): /.exec((error as Error).message) ?? [];
        expect(text.split('\n')[Number(line) - 1]).toContain(at);
      }),
      { small: 8, full: 1000 },
    );
  });
});

/** Makes another region the home, one that stays. */
function moveHome(vault: WrittenVault, pick: number): void {
  const leaving = Array.isArray(vault.retired) ? vault.retired : [];
  const all = [vault.home, ...vault.replicas];
  const staying = all.filter((region) => !leaving.includes(region));
  const home = staying[pick % staying.length] ?? vault.home;
  Object.assign(vault, { home, replicas: all.filter((region) => region !== home) });
}
