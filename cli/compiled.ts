/**
 * Loads a bundle together with what V8 made of it when it was built (its code cache), so that a start does not wait
 * for its compilation. V8 takes a cache only when its own version and flags are the same; else the bundle is compiled
 * as ever. https://v8.dev/blog/code-caching-for-devs
 */
import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';

/** Where the code cache of a bundle lies: V8's version and the processor are in its name, and the bundle's digest. */
export function codeCacheFile(bundle: string, digest: string): string {
  return `${bundle}.${digest}.v8-${process.versions.v8}-${process.arch}`;
}

/** What a CommonJS file is run as. */
export type Wrapper = (
  exports: object,
  require: NodeJS.Require,
  module: { exports: object },
  filename: string,
  dirname: string,
) => void;

/**
 * The script that a bundle is, as Node itself would wrap it.
 * @param bundle - its path; it holds ASCII only
 * @param filename - what stack traces call it; a code cache holds this name
 */
export function compile(bundle: string, cachedData?: Buffer, filename: string = bundle): Script {
  const source = readFileSync(bundle, 'latin1');
  return new Script(`(function(exports,require,module,__filename,__dirname){${source}\n})`, {
    filename,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
}

/** Runs a bundle's script and returns what it exports. */
export function run(script: Script, bundle: string, folder: string, require: NodeJS.Require): object {
  const module = { exports: {} };
  (script.runInThisContext() as Wrapper)(module.exports, require, module, bundle, folder);
  return module.exports;
}

/** The code cache, where there is one that may fit. */
export function readCodeCache(bundle: string, digest: string): Buffer | undefined {
  try {
    return readFileSync(codeCacheFile(bundle, digest));
  } catch {
    return undefined;
  }
}
