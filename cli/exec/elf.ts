/** The few fields of an ELF file that decide whether Linux will start it. See elf(5). */

/** `e_machine` by the name that Node has for it; only 64-bit little-endian ones. */
const MACHINES: Readonly<Record<string, number>> = {
  x64: 62,
  arm64: 183,
  riscv64: 243,
  loong64: 258,
};

const MAGIC = 0x7f454c46;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const EXECUTABLE = 2;
const SHARED = 3;
const INTERPRETER = 3;
const PROGRAM_HEADER = 56;

/** What a program needs besides itself. */
export interface ElfNeeds {
  /** The dynamic loader; undefined for a static program. */
  readonly loader: string | undefined;
}

/**
 * Reads the head of a file.
 * @returns undefined when it is no ELF program of this architecture, or is not to be understood from its head
 */
export function needsOfElf(head: Buffer, arch: string): ElfNeeds | undefined {
  if (head.length < 64 || head.readUInt32BE(0) !== MAGIC) return undefined;
  if (head[4] !== CLASS_64 || head[5] !== LITTLE_ENDIAN) return undefined;
  const type = head.readUInt16LE(16);
  if (type !== EXECUTABLE && type !== SHARED) return undefined;
  if (head.readUInt16LE(18) !== MACHINES[arch]) return undefined;
  const table = Number(head.readBigUInt64LE(32));
  const count = head.readUInt16LE(56);
  if (head.readUInt16LE(54) !== PROGRAM_HEADER || count === 0) return undefined;
  if (table + count * PROGRAM_HEADER > head.length) return undefined;
  for (let at = table; at < table + count * PROGRAM_HEADER; at += PROGRAM_HEADER) {
    if (head.readUInt32LE(at) !== INTERPRETER) continue;
    const start = Number(head.readBigUInt64LE(at + 8));
    const end = start + Number(head.readBigUInt64LE(at + 32));
    if (end > head.length) return undefined;
    return { loader: head.toString('utf8', start, end).replace(/\0.*$/s, '') };
  }
  return { loader: undefined };
}
