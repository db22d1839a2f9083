/**
 * `node --import waxseal/register app.js`: the application finds its secrets in process.env. It needs a vault
 * (WAXSEAL_VAULT or waxseal.json); without secrets it does not start.
 */
import { isMainThread } from 'node:worker_threads';

/** The oldest Node that is supported, as in package.json's "engines". */
const OLDEST: readonly [number, number] = [22, 18];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(
    `waxseal: node ${OLDEST.join('.')} or newer is needed, this is ${process.versions.node}\n`,
  );
  process.exit(1);
}

// A worker thread shares its parent's environment: it has the secrets already.
if (isMainThread) {
  // Loaded only now: what follows may not even parse on a Node that is too old.
  const [{ loadSecrets }, { EXIT_STATUS, isWaxsealError }] = await Promise.all([
    import('./load.ts'),
    import('../errors.ts'),
  ]);
  try {
    await loadSecrets({
      assign: process.env.WAXSEAL_OVERRIDE === '1' ? 'override' : true,
      explain: process.env.WAXSEAL_EXPLAIN === '1',
    });
  } catch (error) {
    if (!isWaxsealError(error)) throw error;
    process.stderr.write(`waxseal: ${error.message}\n${error.hint === undefined ? '' : `  ${error.hint}\n`}`);
    process.exit(EXIT_STATUS[error.code]);
  }
}
