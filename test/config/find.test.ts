import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findConfig, readConfig } from '../../src/config/index.ts';
import { folderWith } from './folder.ts';

const OUTER = '{ "vaults": { "/outer": { "home": "us-east-1" } } }';
const INNER = '{ "vaults": { "/inner": { "home": "us-east-1" } } }';

describe('findConfig', () => {
  it('goes up until it meets the first waxseal.json', async () => {
    const folder = folderWith({ 'waxseal.json': OUTER, 'a/waxseal.json': INNER, 'a/b/c/x': '', 'd/x': '' });
    const paths = async (...at: string[]): Promise<string[]> =>
      Object.keys((await findConfig(join(folder, ...at)))?.config.vaults ?? {});
    expect(await paths('a', 'b', 'c')).toEqual(['/inner']);
    expect(await paths('d')).toEqual(['/outer']);
    expect(await findConfig(join(folder, 'd'))).toMatchObject({ file: join(folder, 'waxseal.json'), folder });
  });

  it('finds nothing where there is none', async () => {
    expect(await findConfig(folderWith({}))).toBeUndefined();
  });

  it('does not pass by a broken one', async () => {
    const folder = folderWith({ 'waxseal.json': OUTER, 'a/waxseal.json': '{' });
    await expect(findConfig(join(folder, 'a'))).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(`${join(folder, 'a', 'waxseal.json')}:1:`),
    });
  });

  it('refuses a folder in place of the file', async () => {
    const folder = folderWith({ 'waxseal.json/x': '' });
    await expect(findConfig(folder)).rejects.toMatchObject({
      code: 'config_invalid',
      hint: 'it is a folder; move it away',
    });
  });
});

describe('readConfig', () => {
  it('is undefined for a file that is not there', async () => {
    const folder = folderWith({ x: '' });
    expect(await readConfig(join(folder, 'waxseal.json'))).toBeUndefined();
    expect(await readConfig(join(folder, 'x', 'waxseal.json'))).toBeUndefined();
  });
});
