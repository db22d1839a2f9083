/** The code blocks of docs/FORMAT.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'FORMAT.md'), 'utf8').replaceAll(
  '\r\n',
  '\n',
);

/** The code blocks below a heading, up to the next one, optionally of one language. */
export function codeBlocks(heading: string, language?: string): readonly string[] {
  const section = text.split(/^#{2,3} /m).find((one) => one.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`FORMAT.md has no section "${heading}"`);
  return [...section.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, of, code = '']) =>
    language === undefined || of === language ? [code] : [],
  );
}

/** The only code block of a language below a heading. */
export function codeBlock(heading: string, language: string): string {
  const [block, ...more] = codeBlocks(heading, language);
  if (block === undefined || more.length > 0) throw new Error(`"${heading}" has not one ${language} block`);
  return block;
}

/** The section's text without its code blocks. */
export function prose(heading: string): string {
  const section = text.split(/^#{2,3} /m).find((one) => one.startsWith(`${heading}\n`)) ?? '';
  return section.replaceAll(/^```[\s\S]*?^```$/gm, '');
}
