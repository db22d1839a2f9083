import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The licence texts of every package that is inside a bundle. @param inside - what the bundle is called */
export function licences(root: string, inside: string, files: readonly string[]): string {
  const packages = new Set<string>();
  for (const file of files) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file);
    if (match?.[1] !== undefined) packages.add(match[1]);
  }
  const byText = new Map<string, string[]>();
  for (const folder of [...packages].sort()) {
    const info = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as PackageInfo;
    const file = readdirSync(join(root, folder)).find((name) => /^(licen[cs]e|copying)/i.test(name));
    const text =
      file === undefined ? standardText(root, info) : readFileSync(join(root, folder, file), 'utf8');
    byText.set(text.trim(), [...(byText.get(text.trim()) ?? []), `${info.name} ${info.version}`]);
  }
  const rule = `\n${'-'.repeat(80)}\n\n`;
  const sections = [...byText].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`);
  return `${inside} contains the packages below.\n${rule}${sections.join(rule)}`;
}

interface PackageInfo {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly author?: string | { readonly name: string };
}

/** The text of the licence that a package names without shipping it. */
function standardText(root: string, { name, license, author }: PackageInfo): string {
  if (license === 'Apache-2.0') {
    const text = readFileSync(join(root, 'LICENSE'), 'utf8');
    return text.slice(0, text.indexOf('APPENDIX: How to apply'));
  }
  if (license === 'MIT') {
    const holder = typeof author === 'string' ? author : (author?.name ?? `the authors of ${name}`);
    return readFileSync(join(root, 'scripts', 'mit.txt'), 'utf8').replace('<holder>', holder);
  }
  throw new Error(`${name} has no licence text and is under ${license}: it cannot be bundled as it is`);
}
