/**
 * Builds what is published: the library by tsc, file by file, so that an application loads only what it uses; the
 * command line bundled by esbuild, with all that it alone needs inside and the licences of that beside it.
 * `--cli` builds the command line only.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { cutPieces, type Piece } from './build/pieces.ts';

const root = dirname(import.meta.dirname);
const cliOnly = process.argv.includes('--cli');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

if (!cliOnly) {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  await bundleSigner();
}

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
  // Ink asks for it only when DEV=true.
  external: ['react-devtools-core'],
  // CommonJS packages inside an ES module still ask for these.
  banner: {
    js: [
      "import{createRequire as waxsealRequire}from'node:module';",
      'const require=waxsealRequire(import.meta.url),__filename=import.meta.filename,__dirname=import.meta.dirname;',
    ].join(''),
  },
  chunkNames: 'chunks/[name]-[hash]',
});
// What an application waits for at its start, in the format that Node loads fastest.
// AWS's packages drop what is not used of them only as ES modules.
const commonjs = {
  ...shared,
  format: 'cjs',
  mainFields: ['module', 'main'],
  conditions: ['module'],
} satisfies BuildOptions;
const pieces = new Map<string, Piece>();
const exec = await build({
  ...commonjs,
  entryPoints: ['cli/exec-entry.ts'],
  outfile: 'dist/cli/exec.cjs',
  plugins: [cutPieces(root, pieces)],
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
await build({
  ...commonjs,
  entryPoints: ['cli/waxseal.cts'],
  outfile: 'dist/cli/waxseal.cjs',
  external: ['./exec.cjs', './index.js'],
});
chmodSync(join(root, 'dist/cli/waxseal.cjs'), 0o755);
writeFileSync(
  join(root, 'dist/cli/LICENSES.txt'),
  licences([all, exec, ...cut].flatMap(({ metafile }) => Object.keys(metafile.inputs))),
);

/**
 * AWS's signer pulls in all of its core package when it is loaded file by file, which takes longer than a start's two
 * calls; what is really used of it is 15 KB. Its licence goes with it.
 */
async function bundleSigner(): Promise<void> {
  const { metafile: inside } = await build({
    absWorkingDir: root,
    entryPoints: ['src/aws/lean/signer.ts'],
    outfile: 'dist/src/aws/lean/signer.js',
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    conditions: ['module'],
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(root, 'dist/src/aws/lean/LICENSES.txt'), licences(Object.keys(inside.inputs)));
}

/** The licence texts of every package that is inside the bundle. */
function licences(files: readonly string[]): string {
  const packages = new Set<string>();
  for (const file of files) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file);
    if (match?.[1] !== undefined) packages.add(match[1]);
  }
  const byText = new Map<string, string[]>();
  for (const folder of [...packages].sort()) {
    const info = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as PackageInfo;
    const file = readdirSync(join(root, folder)).find((name) => /^(licen[cs]e|copying)/i.test(name));
    const text = file === undefined ? standardText(info) : readFileSync(join(root, folder, file), 'utf8');
    byText.set(text.trim(), [...(byText.get(text.trim()) ?? []), `${info.name} ${info.version}`]);
  }
  const rule = `\n${'-'.repeat(80)}\n\n`;
  const sections = [...byText].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`);
  return `The waxseal command line contains the packages below.\n${rule}${sections.join(rule)}`;
}

interface PackageInfo {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly author?: string | { readonly name: string };
}

/** The text of the licence that a package names without shipping it. */
function standardText({ name, license, author }: PackageInfo): string {
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
