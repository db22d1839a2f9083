/**
 * Loads a bundle together with what V8 made of it when it was built (its code cache), so that a start does not wait
 * for its compilation. V8 takes a cache only when its own version and flags are the same; else the bundle is compiled
 * as ever. https://v8.dev/blog/code-caching-for-devs
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/** Where the code cache of a bundle lies: V8's version and the processor are in its name, and the bundle's digest. */
export function codeCacheFile(bundle: string, digest: string): string {
  return `${bundle}.${digest}.v8-${process.versions.v8}-${process.arch}`;
}

/**
 * What stands around a bundle's code. By `require` it is CommonJS like any other; as a script it is the function that
 * Node would make of that, so that 140 KB of text need not be put together anew at each start.
 */
export const AROUND = {
  before:
    '(this===globalThis?f=>f:f=>f(exports,require,module,__filename,__dirname))((function(exports,require,module,__filename,__dirname){',
  after: '}))',
} as const;

/** What a CommonJS file is run as. */
export type Wrapper = (
  exports: object,
  require: Require,
  module: { exports: object },
  filename: string,
  dirname: string,
) => void;

/**
 * The script that a bundle is.
 * @param bundle - its path; it holds ASCII only, and {@link AROUND}
 * @param filename - what stack traces call it; a code cache holds this name
 */
export function compile(bundle: string, cachedData?: Buffer, filename: string = bundle): Script {
  const source = readFileSync(bundle, 'latin1');
  return new Script(source, {
    filename,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
}

/** What a bundle asks for by name. */
export type Require = (id: string) => unknown;

/** Runs a bundle's script and returns what it exports. */
export function run(script: Script, bundle: string, require: Require): object {
  const module = { exports: {} };
  // Node's own modules by the shorter way.
  const shorter: Require = (id) => process.getBuiltinModule(id) ?? require(id);
  (script.runInThisContext() as Wrapper)(module.exports, shorter, module, bundle, dirname(bundle));
  return module.exports;
}

/** Runs a bundle with its code cache. Where there is none Node's own way is as quick. */
export function runCompiled(bundle: string, digest: string, require: Require): object {
  const cached = readCodeCache(bundle, digest);
  return cached === undefined ? (require(bundle) as object) : run(compile(bundle, cached), bundle, require);
}

/** The code cache, where there is one that may fit. */
export function readCodeCache(bundle: string, digest: string): Buffer | undefined {
  try {
    return readFileSync(codeCacheFile(bundle, digest));
  } catch {
    return undefined;
  }
}
