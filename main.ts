/** The CDKTF app: waxseal.json → one stack. `cdktf` runs it, see cdktf.json. */
import { join, relative, resolve } from 'node:path';
import { App } from 'cdktf';
import { findConfig, resolveSettings, STATE_FOLDER } from './src/config/index.ts';
import { WaxsealStack } from './src/constructs/index.ts';
import { EXIT_STATUS, isWaxsealError, WaxsealError } from './src/errors.ts';

/**
 * Where a stack for the embedded AWS points to until WAXSEAL_ENDPOINT says where that is: a port on which nobody
 * listens, so that a deploy fails instead of reaching whatever account the credentials at hand belong to.
 */
const NOWHERE = 'http://127.0.0.1:9';

async function synthesize(cwd: string): Promise<void> {
  const found = await findConfig(cwd);
  if (found === undefined) {
    throw new WaxsealError('config_missing', 'there is no waxseal.json here or above', {
      hint: 'make one: { "vaults": { "/acme/dev": { "home": "us-east-1", "replicas": ["eu-west-1"] } } }',
    });
  }
  // The stack is about all vaults; one is named so that the endpoint is checked by the same rules as elsewhere.
  const { aws } = await resolveSettings({
    vault: Object.keys(found.config.vaults)[0],
    env: { WAXSEAL_ENDPOINT: process.env.WAXSEAL_ENDPOINT },
    cwd,
  });
  // Stack traces would put paths of this machine into cdk.tf.json.
  const app = new App({ stackTraces: false });
  const endpoint = aws.kind === 'endpoint' ? aws.url : aws.kind === 'embedded' ? NOWHERE : undefined;
  // Of a stand-in: lost together with the embedded AWS that it is about, and never taken for the account's.
  const local = join(found.folder, STATE_FOLDER, 'terraform.tfstate');
  new WaxsealStack(app, 'waxseal', {
    config: found.config,
    endpoint,
    statePath: endpoint === undefined ? undefined : relative(resolve(app.outdir, 'stacks', 'waxseal'), local),
  });
  app.synth();
}

try {
  await synthesize(process.cwd());
} catch (error) {
  if (!isWaxsealError(error)) throw error;
  process.stderr.write(`${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`);
  process.exitCode = EXIT_STATUS[error.code];
}
