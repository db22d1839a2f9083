import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logicalId, parseLogicalId } from '../../src/constructs/logical-id.ts';
import { checkProperty } from '../support/seed.ts';

const runs = { small: 2000, full: 100_000 };
// Few letters, so that paths which differ in their separators alone are common.
const path: fc.Arbitrary<string> = fc.stringMatching(/^(\/[a1_-]{1,3}){1,3}$/);
const part: fc.Arbitrary<string> = fc.constantFrom('us-east-1', 'eu-west-1', 'key');

describe('logicalId', () => {
  it('is readable', () => {
    expect(logicalId('/acme/prod', 'eu-west-1')).toBe('vault__acme__prod__eu-west-1');
    expect(logicalId('/a_b', 'key')).toBe('vault__a_-b__key');
  });

  it('is a name that Terraform takes', () => {
    return checkProperty(
      'paths',
      fc.property(path, part, (one, what) => {
        expect(logicalId(one, what)).toMatch(/^[A-Za-z_][A-Za-z0-9_-]*$/);
      }),
      runs,
    );
  });

  it('is never shared by two paths or two regions', () => {
    return checkProperty(
      'paths',
      fc.property(path, part, path, part, (a, x, b, y) => {
        expect(logicalId(a, x) === logicalId(b, y)).toBe(a === b && x === y);
      }),
      runs,
    );
  });

  it('tells the vault and the part again, and of no other name', async () => {
    await checkProperty(
      'paths',
      fc.property(path, part, (vaultPath, what) => {
        expect(parseLogicalId(logicalId(vaultPath, what))).toEqual({ vaultPath, part: what });
      }),
      runs,
    );
    for (const other of ['current', 'break_glass', 'alarms__us-east-1', 'vault', 'vault__x', '']) {
      expect(parseLogicalId(other)).toBeUndefined();
    }
  });
});
