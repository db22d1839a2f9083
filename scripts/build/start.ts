/**
 * The library as Node loads it: what a start needs in one CommonJS file with V8's code cache beside it, and ES modules
 * that hand it out. Node takes some 20 ms less for that than for the modules that bundlers get. What a start does not
 * need is loaded from those, when its turn comes.
 */
import { dirname, join, relative, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { AROUND } from '../../src/compiled.ts';
import { type CachedBundle, cachedBundle } from './code-cache.ts';
import { later } from './later.ts';
import { LIBRARY, outsideOf } from './library.ts';

/** Where it lies. */
const FOLDER = 'dist/start';
/** All that a start runs. */
const START_BUNDLE = `${FOLDER}/start.cjs`;

/** What a start asks for when its turn comes, and is likely to. */
const LIKELY = /^src\/(aws\/lean|config)\/|^src\/vault\/large\/load\.ts$/;

/**
 * Bundles it beside the modules, which are built already.
 * @param modules - what esbuild says about those
 * @returns the bundle, which is to have a code cache
 */
export async function buildStart(root: string, modules: Metafile): Promise<CachedBundle> {
  const shared = { ...LIBRARY, absWorkingDir: root, external: outsideOf(root) } satisfies BuildOptions;
  await build({
    ...shared,
    entryPoints: ['src/index.ts'],
    outfile: START_BUNDLE,
    banner: { js: AROUND.before },
    footer: { js: AROUND.after },
    format: 'cjs',
    // A script of node:vm may not import, but may require an ES module.
    supported: { 'dynamic-import': false },
    plugins: [later, leaveOut(root, modules)],
  });
  const start = cachedBundle(join(root, START_BUNDLE));
  const names = Object.values(modules.outputs).find(
    ({ entryPoint }) => entryPoint === 'src/index.ts',
  )?.exports;
  if (names === undefined) throw new Error('src/index.ts was not built');
  await build({
    ...shared,
    stdin: { contents: handOut(names, start.digest), resolveDir: root, loader: 'ts' },
    outfile: `${FOLDER}/index.js`,
    format: 'esm',
    plugins: [builtins],
  });
  await build({
    ...shared,
    entryPoints: ['src/loader/register.ts'],
    outfile: `${FOLDER}/register.js`,
    format: 'esm',
    plugins: [{ name: 'by index', setup: ({ onResolve }) => onResolve({ filter: /\/load\.ts$/ }, byIndex) }],
  });
  return start;
}

const byIndex = (): { path: string; external: true } => ({ path: './index.js', external: true });

function handOut(names: readonly string[], digest: string): string {
  return `
    import { runCompiled } from './src/compiled.ts';
    const require = (id) => process.getBuiltinModule('node:module').createRequire(import.meta.url)(id);
    const library = runCompiled(import.meta.dirname + '/start.cjs', ${JSON.stringify(digest)}, require);
    export const { ${names.join(', ')} } = library;`;
}

/**
 * An ES module that imports a module of Node's looks at everything that this has to give, which has Node load what
 * nobody asked for: of "node:fs" its promises, its streams and readline.
 */
const builtins: Plugin = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/** Has what a start rarely needs loaded from the modules. */
function leaveOut(root: string, { outputs }: Metafile): Plugin {
  const chunks = new Map(
    Object.entries(outputs).flatMap(([output, { entryPoint }]) =>
      entryPoint === undefined ? [] : [[entryPoint, relative(FOLDER, output)] as const],
    ),
  );
  return {
    name: 'leave out',
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ path, kind, importer }) => {
        const file = relative(root, resolve(dirname(importer), path));
        if (kind !== 'dynamic-import' || LIKELY.test(file)) return undefined;
        const chunk = chunks.get(file);
        if (chunk === undefined) throw new Error(`${file} is no module of its own`);
        return { path: chunk, external: true };
      });
    },
  };
}
