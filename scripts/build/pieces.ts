/**
 * Keeps what an `exec` rarely needs out of the file that each one loads: even code that never runs has to be parsed,
 * and a megabyte of it takes as long as all of Node's own start. esbuild splits ES modules only, so the cuts are made
 * here: each piece is a bundle of its own, loaded with `require` when its turn comes.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

/** A bundle beside the one that loads it. */
export interface Piece {
  /** The name of its file, without the ending. */
  readonly name: string;
  /** What it consists of. */
  readonly source: string;
}

/** The clients share nearly all of their code, so they are one piece; each import takes what it needs of it. */
const CLIENTS: Readonly<Record<string, string>> = {
  '@aws-sdk/client-kms': 'kms',
  '@aws-sdk/client-ssm': 'ssm',
};

/** Packages that only some starts need; what of ours imports them is loaded when their turn comes. */
const RARE = /^(valibot|@aws-sdk\/credential-provider-.*|@smithy\/credential-provider-imds)$/;

/** Its errors are known by their names, so it may be loaded apart; nothing else of ours may, for `instanceof`. */
const EMULATOR = join('src', 'emulator', 'index.ts');

/** Finds the cuts. What they cut off is in `found` once the build is over. */
export function cutPieces(root: string, found: Map<string, Piece>): Plugin {
  const cut = (name: string, source: string): string => {
    found.set(name, { name, source });
    return `./${name}.cjs`;
  };
  return {
    name: 'pieces',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ path, kind, importer, namespace }) => {
        if (namespace === 'piece') return { path, external: true };
        if (CLIENTS[path] !== undefined) return { path, namespace: 'piece' };
        if (kind !== 'dynamic-import' && !RARE.test(path)) return undefined;
        if (path.startsWith('.')) {
          if (relative(root, resolve(dirname(importer), path)) !== EMULATOR) return undefined;
          return { path: 'emulator', namespace: 'piece', pluginData: `./${EMULATOR}` };
        }
        if (path.startsWith('node:')) return undefined;
        return { path: path.replace(/^@/, '').replaceAll('/', '-'), namespace: 'piece', pluginData: path };
      });
      onLoad({ filter: /.*/, namespace: 'piece' }, ({ path, pluginData }) => {
        const client = CLIENTS[path];
        const file =
          client === undefined
            ? cut(path, path === 'valibot' ? validatorsSource(root) : wholeSource(pluginData))
            : cut('aws-sdk', clientsSource());
        const part = client === undefined ? '' : `.${client}`;
        return { contents: `module.exports = require(${JSON.stringify(file)})${part};` };
      });
    },
  };
}

/**
 * Has an ES module load the clients and the emulator from the same pieces: they would be there twice. The banner gives
 * `require` and `waxsealFolder`, where the pieces lie.
 */
export function takePieces(root: string): Plugin {
  return {
    name: 'pieces of exec',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^@aws-sdk\/client-/ }, ({ path }) =>
        CLIENTS[path] === undefined ? undefined : { path, namespace: 'taken' },
      );
      onResolve({ filter: /emulator\/index\.ts$/ }, ({ path, importer }) =>
        relative(root, resolve(dirname(importer), path)) === EMULATOR
          ? { path: 'emulator', namespace: 'taken' }
          : undefined,
      );
      onLoad({ filter: /.*/, namespace: 'taken' }, async ({ path }) => {
        const piece = (file: string): string => `require(waxsealFolder + '/${file}.cjs')`;
        const client = CLIENTS[path];
        // As a CommonJS module, so that each import takes what it names.
        if (client !== undefined) return { contents: `module.exports = ${piece('aws-sdk')}.${client};` };
        // What import() gives of such a module has no names.
        const names = Object.keys(await import('../../src/emulator/index.ts')).join(', ');
        return { contents: `const { ${names} } = ${piece(path)}; export { ${names} };` };
      });
    },
  };
}

function wholeSource(path: string): string {
  return `module.exports = require(${JSON.stringify(path)});`;
}

/** Of several hundred validators a few are used: those that some file of ours names. */
function validatorsSource(root: string): string {
  const folder = join(root, 'src');
  const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .filter((text) => text.includes("from 'valibot'"));
  const named = texts.flatMap((text) => [...text.matchAll(/\bv\.([a-z]\w*)/g)].map(([, name]) => name));
  return `export { ${[...new Set(named)].join(', ')} } from 'valibot';`;
}

function clientsSource(): string {
  const lines = Object.entries(CLIENTS).map(
    ([path, name]) => `exports.${name} = require(${JSON.stringify(path)});`,
  );
  return lines.join('\n');
}
