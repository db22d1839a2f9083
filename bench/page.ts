/** docs/BENCHMARKS.md, of which each benchmark writes its own part. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem, type } from 'node:os';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '..', 'docs', 'BENCHMARKS.md');

/** The head of the part about files. */
export const FILES = '## Files';

/** Writes the page but for the part about files, which stays. */
export function writePage(text: string): void {
  writeFileSync(PAGE, `${text.trimEnd()}\n\n${filesPart()}`);
}

/** Puts the part about files into the page. @param text - without its head */
export function writeFilesPart(text: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const rest = page.slice(0, page.length - filesPart().length).trimEnd();
  writeFileSync(PAGE, `${rest}\n\n${FILES}\n\n${text.trim()}\n`);
}

/** It is the last one. */
function filesPart(): string {
  const page = readFileSync(PAGE, 'utf8');
  const at = page.indexOf(`\n${FILES}\n`);
  return at < 0 ? '' : page.slice(at + 1);
}

/** When and on what it was measured, as lines of a list. */
export function surroundings(): readonly string[] {
  const processors = cpus();
  const model = processors[0]?.model.trim() || process.arch;
  return [
    `date: ${new Date().toISOString().slice(0, 10)}`,
    `machine: ${processors.length} cores (${model}), ${(totalmem() / 2 ** 30).toFixed(0)} GB, ${type()}`,
    `Node ${process.versions.node}`,
  ];
}

/** A table. */
export function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The middle one, of the upper two where there is none. */
export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
}
