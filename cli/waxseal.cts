#!/usr/bin/env node
/**
 * What `waxseal` starts. CommonJS: loading a first ES module costs as long as half of Node's own start, which an
 * application would wait for each time that `exec` starts it.
 */
const { runCompiled } = require('../src/compiled.ts') as typeof import('../src/compiled.ts');

/** Set by the build: the digest of exec.cjs. */
declare const WAXSEAL_EXEC_DIGEST: string;

function isExec(): boolean {
  if (!process.argv.includes('exec')) return false;
  const exec = runCompiled(`${__dirname}/exec.cjs`, WAXSEAL_EXEC_DIGEST, (id) => require(id));
  return (exec as typeof import('./exec-entry.ts')).runExec();
}

if (!isExec()) import('./index.js');
