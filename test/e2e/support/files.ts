/** `waxseal file` in a folder of its own. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { createSandbox, type Ended, PROJECT, type Sandbox } from './sandbox.ts';

/** More than five chunks. */
export const LARGE = 3_000_000;
/** As many random bytes. */
export const large: Buffer = randomBytes(LARGE);

/** What the tests of a file share. */
export interface Files {
  readonly box: () => Sandbox;
  /** A new folder below the project. */
  folder(): string;
  run(cwd: string, args: readonly string[], input?: string | Uint8Array): Promise<Ended>;
  /** Runs it, and it ends well. */
  ok(cwd: string, args: readonly string[], input?: string | Uint8Array): Promise<Ended>;
  /** Runs it, and it ends with this status and code, and leaves no part of a file. */
  refused(
    cwd: string,
    args: readonly string[],
    status: number,
    code: string,
    input?: string | Uint8Array,
  ): Promise<Ended>;
  /** Seals a file of that name. @returns where the sealed one is */
  sealed(cwd: string, name?: string, value?: string | Uint8Array): Promise<string>;
}

/** The names of files in a folder that are not whole. */
export function partial(cwd: string): readonly string[] {
  return readdirSync(cwd).filter((name) => name.endsWith('waxseal-partial'));
}

/** A sandbox for the tests of a file, with an embedded AWS that is made already. */
export function fileTests(): Files {
  let box: Sandbox;
  let folders = 0;
  beforeAll(async () => {
    box = createSandbox(PROJECT);
    const first = await box.waxseal(['list', '-q']);
    expect(first.status, first.err).toBe(0);
  });
  afterAll(() => box.close());
  const run: Files['run'] = (cwd, args, input) =>
    box.waxseal(['file', ...args], input === undefined ? { cwd } : { cwd, input });
  const ok: Files['ok'] = async (cwd, args, input) => {
    const ended = await run(cwd, args, input);
    expect(ended.status, ended.err).toBe(0);
    return ended;
  };
  return {
    box: () => box,
    folder() {
      folders += 1;
      const path = join(box.cwd, `case-${folders}`);
      mkdirSync(path);
      return path;
    },
    run,
    ok,
    async refused(cwd, args, status, code, input) {
      const ended = await run(cwd, args, input);
      expect([ended.status, ended.err]).toEqual([status, expect.stringContaining(`[${code}]`)]);
      expect(partial(cwd)).toEqual([]);
      return ended;
    },
    async sealed(cwd, name = 'a', value = 'hello\n') {
      writeFileSync(join(cwd, name), value);
      await ok(cwd, ['encrypt', '-q', '--', name]);
      return join(cwd, `${name}.waxseal`);
    },
  };
}
