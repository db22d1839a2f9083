/** Whether a file is a macOS program for this processor. See mach-o/loader.h and mach-o/fat.h. */

const CPU_TYPES: Readonly<Record<string, number>> = { x64: 0x01000007, arm64: 0x0100000c };

/** 64-bit, in the byte order of both processors. */
const THIN = 0xfeedfacf;
/** Several architectures in one file; its own table is big-endian. */
const UNIVERSAL = 0xcafebabe;
const UNIVERSAL_ENTRY = 20;

/** Reads the head of a file. */
export function isForMac(head: Buffer, arch: string): boolean {
  const cpu = CPU_TYPES[arch];
  if (cpu === undefined || head.length < 32) return false;
  if (head.readUInt32LE(0) === THIN) return head.readUInt32LE(4) === cpu;
  if (head.readUInt32BE(0) !== UNIVERSAL) return false;
  const end = 8 + head.readUInt32BE(4) * UNIVERSAL_ENTRY;
  for (let at = 8; at + 4 <= Math.min(end, head.length); at += UNIVERSAL_ENTRY) {
    if (head.readUInt32BE(at) === cpu) return true;
  }
  return false;
}
