#!/usr/bin/env node
/**
 * What `waxseal` starts. CommonJS: loading a first ES module costs as long as half of Node's own start, which an
 * application would wait for each time that `exec` starts it.
 */
const isExec =
  process.argv.includes('exec') && (require('./exec.cjs') as typeof import('./exec-entry.ts')).runExec();
if (!isExec) import('./index.js');
