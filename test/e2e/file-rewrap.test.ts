/** `waxseal file rewrap`. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { fileTests, large } from './support/files.ts';
import type { Ended } from './support/sandbox.ts';

const { box, folder, ok, refused, run, sealed } = fileTests();

test.runIf(deep)(
  'rewrapped: another KMS key opens it, every byte behind the first 512 stays, and the old key is not needed',
  async () => {
    const cwd = folder();
    const path = await sealed(cwd, 'a', large);
    const before = readFileSync(path);
    const newKey = (await box().waxseal(['local', 'key', 'create'])).out.trim();
    expect(newKey).toMatch(/^mrk-/);
    const early = await run(cwd, ['rewrap', 'a.waxseal', '--to', newKey]);
    expect([early.status, early.err]).toEqual([2, expect.stringContaining('acceptedKeyIds')]);
    await refused(cwd, ['rewrap', 'a.waxseal'], 2, 'usage');
    const { kmsKey: oldKey } = JSON.parse((await ok(cwd, ['inspect', 'a.waxseal', '--json'])).out) as {
      kmsKey: string;
    };
    const both = { WAXSEAL_KMS_KEY: `${oldKey},${newKey}` };
    const rewrap = (args: readonly string[]): Promise<Ended> =>
      box().waxseal(['file', 'rewrap', 'a.waxseal', ...args, '--json'], { cwd, env: both });
    expect(JSON.parse((await rewrap(['--to', newKey])).out)).toMatchObject({
      from: oldKey,
      to: newKey,
      changed: true,
    });
    expect(JSON.parse((await rewrap(['--to', newKey])).out)).toMatchObject({ changed: false });
    const after = readFileSync(path);
    expect(after.subarray(512).equals(before.subarray(512))).toBe(true);
    expect(after.equals(before)).toBe(false);
    const open = (key: string): Promise<Ended> =>
      box().waxseal(['file', 'decrypt', 'a.waxseal', '-o', '-'], { cwd, env: { WAXSEAL_KMS_KEY: key } });
    expect((await open(newKey)).stdout.equals(large)).toBe(true);
    expect((await open(oldKey)).status).toBe(6);
    expect(readdirSync(cwd).sort()).toEqual(['a', 'a.waxseal']);

    const document = (await ok(cwd, ['encrypt', '--json-envelope'], 'small')).out;
    writeFileSync(join(cwd, 'd.json'), document);
    const done = await box().waxseal(['file', 'rewrap', 'd.json', '--to', newKey], { cwd, env: both });
    expect(done.status, done.err).toBe(0);
    const opened = await box().waxseal(['file', 'decrypt', 'd.json', '-o', '-'], {
      cwd,
      env: { WAXSEAL_KMS_KEY: newKey },
    });
    expect(opened.out).toBe('small');

    await sealed(cwd, 'fresh');
    expect((await ok(cwd, ['rewrap', 'fresh.waxseal', '--fresh'])).err).toContain('nothing to do');
    await box().waxseal(['local', 'key', 'rotate']);
    const fresh = await ok(cwd, ['rewrap', 'fresh.waxseal', '--fresh', '--json']);
    expect(JSON.parse(fresh.out)).toMatchObject({ changed: true });
    expect((await ok(cwd, ['decrypt', 'fresh.waxseal', '-o', '-'])).out).toBe('hello\n');
  },
);
