/** Modules of Node's that the bundles of a start load when they are first used: one takes as long as a call nearby. */
import type { Plugin } from 'esbuild';

/** What may be used of each: functions. Another name is an error of the build. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  'node:zlib': ['deflateRawSync', 'inflateRawSync'],
};

/** Puts functions that load the module into its place. */
export const later: Plugin = {
  name: 'later',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) =>
      path in LATER ? { path, namespace: 'later', sideEffects: false } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'later' }, ({ path }) => ({
      contents: (LATER[path] ?? [])
        .map((name) => {
          const load = `process.getBuiltinModule(${JSON.stringify(path)})`;
          return `export const ${name} = (...all) => ${load}.${name}(...all);`;
        })
        .join('\n'),
    }));
  },
};
