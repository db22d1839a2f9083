/**
 * The library's JavaScript. An application that loads it waits for each module file about as long as for parsing all
 * of them, so they are bundled: an entry point and the few chunks that it shares with others. What is loaded only when
 * its turn comes, such as the SDK, stays apart. Packages stay outside but one: AWS's signer pulls in all of its core
 * package when it is loaded file by file, which takes longer than a start's two calls; what is used of it is 15 KB.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { pruneDeclarations } from './declarations.ts';
import { licences } from './licences.ts';

/**
 * AWS's core looks at the global "crypto" when it is loaded, for identifiers that nobody here makes; the look alone has
 * Node load all of Web Crypto.
 */
export const NO_WEB_CRYPTO: Readonly<Record<string, string>> = { crypto: 'undefined' };

const SIGNER = '@smithy/signature-v4';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** What package.json exports. */
const ENTRIES = ['index', 'errors', 'loader/register', 'constructs/index', 'emulator/index'];

/** How its code is bundled. Names stay as they are, for stack traces. */
export const LIBRARY: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  conditions: ['module'],
  define: NO_WEB_CRYPTO,
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** The packages that stay outside. */
export function outsideOf(root: string): string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  const packages = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  return packages.filter((name) => name !== SIGNER);
}

/** Bundles what package.json exports into `dist/src`, beside the declarations that tsc writes, and leaves of those what is reached. */
export async function buildLibrary(root: string): Promise<Metafile> {
  const { metafile } = await build({
    ...LIBRARY,
    absWorkingDir: root,
    external: outsideOf(root),
    entryPoints: ENTRIES.map((entry) => `src/${entry}.ts`),
    outbase: 'src',
    outdir: 'dist/src',
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    format: 'esm',
    metafile: true,
  });
  pruneDeclarations(join(root, 'dist/src'), ENTRIES);
  const text = licences(root, 'The waxseal library', Object.keys(metafile.inputs));
  writeFileSync(join(root, 'dist/src/LICENSES.txt'), text);
  return metafile;
}
