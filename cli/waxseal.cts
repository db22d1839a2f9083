#!/usr/bin/env node
/**
 * What `waxseal` starts. CommonJS: loading a first ES module costs as long as half of Node's own start, which an
 * application would wait for each time that `exec` starts it.
 */
const { compile, readCodeCache, run } = require('./compiled.ts') as typeof import('./compiled.ts');

/** Set by the build: the digest of exec.cjs. */
declare const WAXSEAL_EXEC_DIGEST: string;

function isExec(): boolean {
  if (!process.argv.includes('exec')) return false;
  const bundle = `${__dirname}/exec.cjs`;
  const cached = readCodeCache(bundle, WAXSEAL_EXEC_DIGEST);
  // Without a cache Node's own way is as quick.
  const exec =
    cached === undefined ? require('./exec.cjs') : run(compile(bundle, cached), bundle, __dirname, require);
  return (exec as typeof import('./exec-entry.ts')).runExec();
}

if (!isExec()) import('./index.js');
