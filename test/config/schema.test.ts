import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith } from './folder.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FILE = join(ROOT, 'waxseal.schema.json');

interface Schema {
  readonly $schema?: string;
  readonly required?: readonly string[];
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly propertyNames?: Schema;
  readonly additionalProperties?: Schema | false;
}

function schema(...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [join(ROOT, 'scripts', 'schema.ts'), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
}

describe('waxseal.schema.json', () => {
  it('is what src/config/schema.ts says', () => {
    expect(schema('--check')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  it('is written as it is checked; a file that differs or is missing fails the check', () => {
    const file = join(folderWith({}), 'waxseal.schema.json');
    expect(schema('--check', file)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('npm run schema'),
    });
    expect(schema(file).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(FILE, 'utf8'));
    expect(schema('--check', file).status).toBe(0);
    writeFileSync(file, readFileSync(file, 'utf8').replace('2560', '2561'));
    expect(schema('--check', file).status).toBe(1);
    expect(readFileSync(file, 'utf8')).toContain('2561');
  });

  it('asks for what has no default, refuses unknown fields, and its patterns compile', () => {
    const top = JSON.parse(readFileSync(FILE, 'utf8')) as Schema;
    expect(top).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      required: ['vaults'],
      additionalProperties: false,
    });
    expect(top.properties?.vaults?.additionalProperties).toMatchObject({
      required: ['home'],
      additionalProperties: false,
    });
    const tag = new RegExp(top.properties?.tags?.propertyNames?.pattern ?? 'no pattern', 'u');
    expect(['team', 'Größe', 'a:b', 'aws:x', 'AWS:x', 'a{b'].map((key) => tag.test(key))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
