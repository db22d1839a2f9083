/** Which AWS a deploy is for, and how it is reached. */
import { join } from 'node:path';
import { openEmbedded } from '../../src/aws/embedded.ts';
import {
  type ConfigFile,
  findConfig,
  regionsOf,
  resolveSettings,
  STATE_FOLDER,
} from '../../src/config/index.ts';
import { WaxsealError } from '../../src/errors.ts';
import { regionsInState } from './state-file.ts';

/** An AWS to deploy to. */
export interface Target {
  readonly file: ConfigFile;
  /** A server that stands in for AWS; undefined for an account. */
  readonly endpoint: string | undefined;
  /** For a person. */
  readonly which: string;
  /** Whether it is there to try things, so that nobody need be asked first. */
  readonly isEmbedded: boolean;
  close(): Promise<void>;
}

/**
 * Finds waxseal.json and the AWS that it means.
 * @param local - the embedded AWS, which is opened for the time of the deploy
 * @throws WaxsealError `config_missing`, `config_invalid`, `local_state`, `usage`
 */
export async function openTarget(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  local: boolean,
): Promise<Target> {
  const file = await findConfig(cwd);
  if (file === undefined) {
    throw new WaxsealError('config_missing', 'there is no waxseal.json here or above', {
      hint: 'make one with "npx waxseal init"',
    });
  }
  const { config } = file;
  if (local) {
    if (config.aws !== 'embedded') {
      throw new WaxsealError('usage', `${file.file} is about an account`, {
        hint: 'npm run deploy goes there; for the embedded AWS say "aws": "embedded"',
      });
    }
    const stateDir = join(file.folder, STATE_FOLDER);
    // A region that leaves waxseal.json still has to be there for what is in it to be taken away.
    const regions = new Set([...regionsOf(config), ...regionsInState(join(stateDir, 'terraform.tfstate'))]);
    const embedded = await openEmbedded(stateDir, [...regions]);
    return {
      file,
      endpoint: embedded.endpoint.url(),
      which: `embedded AWS in ${stateDir}`,
      isEmbedded: true,
      close: () => embedded.close(),
    };
  }
  // By the same rules as elsewhere; which vault is of no matter.
  const { aws } = await resolveSettings({
    vault: Object.keys(config.vaults)[0],
    env: { WAXSEAL_ENDPOINT: env.WAXSEAL_ENDPOINT },
    cwd,
  });
  if (aws.kind === 'embedded') {
    throw new WaxsealError('usage', `${file.file} says "aws": "embedded"`, {
      hint: 'npm run deploy:local deploys to it; for an account say "aws": "account"',
    });
  }
  return {
    file,
    endpoint: aws.kind === 'endpoint' ? aws.url : undefined,
    which: aws.kind === 'endpoint' ? `AWS at ${aws.url}` : 'the account of your AWS configuration',
    isEmbedded: false,
    close: async () => {},
  };
}
