/**
 * Builds what is published: the library, its declarations by tsc and its code by esbuild; the command line, with all
 * that it alone needs inside and the licences of that beside it. `--cli` builds the command line only.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { AROUND } from '../src/compiled.ts';
import { type CachedBundle, cachedBundle, makeCodeCaches } from './build/code-cache.ts';
import { later } from './build/later.ts';
import { buildLibrary, NO_WEB_CRYPTO } from './build/library.ts';
import { licences } from './build/licences.ts';
import { cutPieces, type Piece, takePieces } from './build/pieces.ts';
import { buildStart } from './build/start.ts';

const root = dirname(import.meta.dirname);
const cliOnly = process.argv.includes('--cli');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

/** Bundles that are to have a code cache. */
const cached: CachedBundle[] = [];

if (!cliOnly) {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  cached.push(await buildStart(root, await buildLibrary(root)));
}

/** Of the SDK's packages, what tells one browser from another. */
const BROWSER_ONLY = 'bowser';

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  platform: 'node',
  // The terminal app opens on Node 20 too, so that "npx waxseal demo" works for whoever tries it there.
  target: 'node20',
  define: { WAXSEAL_VERSION: JSON.stringify(version), 'process.env.NODE_ENV': '"production"' },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

const all = await build({
  ...shared,
  outdir: 'dist/cli',
  entryPoints: { index: 'cli/index.ts' },
  splitting: true,
  format: 'esm',
  jsx: 'automatic',
  // Ink asks for the one only when DEV=true, the SDK for the other only in a browser.
  external: ['react-devtools-core', BROWSER_ONLY],
  plugins: [takePieces(root)],
  // CommonJS packages inside an ES module still ask for these.
  banner: {
    js: [
      "import{createRequire as waxsealRequire}from'node:module';",
      'const require=waxsealRequire(import.meta.url),__filename=import.meta.filename,__dirname=import.meta.dirname,',
      "waxsealFolder=__dirname.replace(/[\\\\/]chunks$/,'');",
    ].join(''),
  },
  chunkNames: 'chunks/[name]-[hash]',
});
// What an application waits for at its start, in the format that Node loads fastest.
// AWS's packages drop what is not used of them only as ES modules.
const commonjs = {
  ...shared,
  external: [BROWSER_ONLY],
  format: 'cjs',
  mainFields: ['module', 'main'],
  conditions: ['module'],
} satisfies BuildOptions;
const pieces = new Map<string, Piece>();
const exec = await build({
  ...commonjs,
  entryPoints: ['cli/exec-entry.ts'],
  outfile: 'dist/cli/exec.cjs',
  banner: { js: AROUND.before },
  footer: { js: AROUND.after },
  define: { ...shared.define, ...NO_WEB_CRYPTO },
  plugins: [later, cutPieces(root, pieces)],
});
const cut = await Promise.all(
  [...pieces.values()].map(({ name, source }) =>
    build({
      ...commonjs,
      outfile: `dist/cli/${name}.cjs`,
      stdin: { contents: source, resolveDir: root },
    }),
  ),
);
const execBundle = cachedBundle(join(root, 'dist/cli/exec.cjs'));
await build({
  ...commonjs,
  entryPoints: ['cli/waxseal.cts'],
  outfile: 'dist/cli/waxseal.cjs',
  define: { ...shared.define, WAXSEAL_EXEC_DIGEST: JSON.stringify(execBundle.digest) },
  external: ['./index.js'],
});
chmodSync(join(root, 'dist/cli/waxseal.cjs'), 0o755);
writeFileSync(
  join(root, 'dist/cli/LICENSES.txt'),
  licences(
    root,
    'The waxseal command line',
    [all, exec, ...cut].flatMap(({ metafile }) => Object.keys(metafile.inputs)),
  ),
);
// Nothing is awaited on Windows, where exec does not take the place of its process either.
if (!cliOnly && process.platform !== 'win32') {
  await makeCodeCaches(root, [...cached, execBundle]);
}
