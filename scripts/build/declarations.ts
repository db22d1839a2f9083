/**
 * The library's declarations that nobody can reach: tsc writes one for each file, and what no entry point names, by
 * itself or by another, is weight in everybody's node_modules.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Any mention of another file: an import, an export from it, a type asked for in passing. */
const MENTION = /(?:\bfrom|\bimport)\s*\(?\s*(['"])(\.[^'"]+)\1/g;

/** Removes the declarations below `folder` that the entry points do not reach. @param entries - without an ending */
export function pruneDeclarations(folder: string, entries: readonly string[]): void {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const [, , mentioned = ''] of readFileSync(file, 'utf8').matchAll(MENTION)) {
      visit(resolve(dirname(file), mentioned.replace(/\.(js|ts)$/, '.d.ts')));
    }
  };
  for (const entry of entries) visit(resolve(folder, `${entry}.d.ts`));
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = resolve(join(entry.parentPath, entry.name));
    if (entry.name.endsWith('.d.ts') && !reached.has(file)) rmSync(file);
  }
}
