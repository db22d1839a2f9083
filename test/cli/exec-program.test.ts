/** What the first bytes of a program say, for systems and processors that the tests do not run on. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { needsOfElf } from '../../cli/exec/elf.ts';
import { isForMac } from '../../cli/exec/mach-o.ts';
import { pristine } from '../../cli/exec/pristine.ts';

interface ElfFields {
  readonly bits?: 1 | 2;
  readonly order?: 1 | 2;
  readonly type?: number;
  readonly machine?: number;
  readonly loader?: string;
  readonly headers?: number;
  readonly loaderAt?: number;
}

const X64 = 62;
const ARM64 = 183;

/** A 64-bit ELF file as far as its head goes: one program header, and the loader that it names. */
function elf({
  bits = 2,
  order = 1,
  type = 3,
  machine = X64,
  loader,
  headers = 1,
  loaderAt = 200,
}: ElfFields): Buffer {
  const head = Buffer.alloc(4096);
  head.write('\x7fELF', 'latin1');
  head[4] = bits;
  head[5] = order;
  head.writeUInt16LE(type, 16);
  head.writeUInt16LE(machine, 18);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(headers, 56);
  if (loader !== undefined) {
    head.writeUInt32LE(3, 64);
    head.writeBigUInt64LE(BigInt(loaderAt), 64 + 8);
    head.writeBigUInt64LE(BigInt(loader.length + 1), 64 + 32);
    if (loaderAt + loader.length < head.length) head.write(loader, loaderAt);
  }
  return head;
}

describe('ELF', () => {
  it.each<[string, ElfFields, string, unknown]>([
    ['a dynamic program', { loader: '/lib64/ld.so' }, 'x64', { loader: '/lib64/ld.so' }],
    ['a static one', {}, 'x64', { loader: undefined }],
    ['one of the other processor', { machine: ARM64 }, 'arm64', { loader: undefined }],
    ['one for another processor', { machine: ARM64 }, 'x64', undefined],
    ['a processor that is not known here', {}, 'mips', undefined],
    ['32 bits', { bits: 1 }, 'x64', undefined],
    ['big-endian', { order: 2 }, 'x64', undefined],
    ['an object file', { type: 1 }, 'x64', undefined],
    ['no program headers', { headers: 0 }, 'x64', undefined],
    ['more headers than the head holds', { headers: 80 }, 'x64', undefined],
    ['a loader named behind the head', { loader: '/lib', loaderAt: 4095 }, 'x64', undefined],
  ])('%s', (_, fields, arch, expected) => expect(needsOfElf(elf(fields), arch)).toEqual(expected));

  it('no ELF at all, and too little of it', () => {
    expect(needsOfElf(Buffer.from('#!/bin/sh\n'), 'x64')).toBeUndefined();
    expect(needsOfElf(elf({}).subarray(0, 40), 'x64')).toBeUndefined();
  });

  it.skipIf(process.platform !== 'linux')('the Node that runs this', () => {
    const needs = needsOfElf(readFileSync(process.execPath).subarray(0, 4096), process.arch);
    expect(needs?.loader).toMatch(/^\/.*ld/);
  });
});

describe('Mach-O', () => {
  const words = (bytes: readonly number[], write: 'writeUInt32LE' | 'writeUInt32BE'): Buffer => {
    const head = Buffer.alloc(4096);
    for (const [place, word] of bytes.entries()) head[write](word, place * 4);
    return head;
  };
  const [x64, arm64] = [0x01000007, 0x0100000c];
  const thin = (cpu: number): Buffer => words([0xfeedfacf, cpu], 'writeUInt32LE');
  const universal = (...cpus: number[]): Buffer =>
    words([0xcafebabe, cpus.length, ...cpus.flatMap((cpu) => [cpu, 0, 0, 0, 0])], 'writeUInt32BE');

  it.each([
    ['of this processor', thin(arm64), 'arm64', true],
    ['of the other', thin(arm64), 'x64', false],
    ['universal', universal(x64, arm64), 'arm64', true],
    ['universal, without this processor', universal(x64), 'arm64', false],
    ['a Java class, which begins the same', words([0xcafebabe, 61], 'writeUInt32BE'), 'arm64', false],
    ['nothing of the kind', Buffer.from('#!/bin/sh\n'), 'arm64', false],
    ['a processor that macOS has not', thin(x64), 'riscv64', false],
  ])('%s', (_, head, arch, expected) => expect(isForMac(head, arch)).toBe(expected));
});

it('keeps in a pristine environment what Windows needs, in whatever case it is written', () => {
  const env = { Path: 'C:\\', SystemRoot: 'C:\\Windows', ComSpec: 'cmd', SECRET: 'x', LC_ALL: 'C' };
  expect(pristine(env, 'win32')).toEqual({ Path: 'C:\\', SystemRoot: 'C:\\Windows', ComSpec: 'cmd' });
  expect(pristine(env, 'linux')).toEqual({ LC_ALL: 'C' });
});
