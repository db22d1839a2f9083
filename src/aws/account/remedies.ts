/** What to do about what was found, in commands that can be copied. */
import { bareKeyId } from '../arn.ts';
import type { Scope } from './scope.ts';

type Meant = Pick<Scope, 'settings'>;

/** A command of the AWS command line, for the AWS that was examined. */
export function awsCommand({ settings: { aws } }: Meant, command: string, region: string): string {
  const whole = `aws ${command} --region ${region}`;
  if (aws.kind === 'endpoint') return `${whole} --endpoint-url ${aws.url}`;
  if (aws.kind === 'embedded') return `${whole} (with the variables that "waxseal local" prints)`;
  return whole;
}

/** What puts things back as waxseal.json has them, where they were deployed from it. */
export function deployAgain({ settings }: Meant): string | undefined {
  return settings.aws.kind === 'account' ? 'npm run deploy, where waxseal.json is' : undefined;
}

/**
 * What lets alias and descriptors follow `"keyId"` in waxseal.json.
 * @returns undefined where the file does not name the key, or the AWS is one that nothing of ours writes to by itself
 */
export function followKeyId({ settings }: Meant): string | undefined {
  const { aws, file, vault, kmsKey } = settings;
  const named = file?.config.vaults[vault]?.keyId;
  if (named === undefined || kmsKey !== named || aws.kind === 'endpoint') return undefined;
  const once = `once "waxseal key rewrap --to ${bareKeyId(named)}" is through`;
  return aws.kind === 'account'
    ? `${once}: npm run deploy -- --move-alias, where waxseal.json is`
    : `${once}, the next command that uses the vault writes it, such as "waxseal list"`;
}

/** What makes a vault of which nothing is there. */
export function makeVault({ settings }: Meant): string {
  const { aws, file, vault } = settings;
  if (aws.kind === 'account')
    return 'npm run deploy, where waxseal.json is; or check the vault and its regions';
  if (aws.kind === 'endpoint') return 'make its key, alias and descriptor there; or check WAXSEAL_ENDPOINT';
  return file?.config.vaults[vault] === undefined
    ? 'check the name of the vault, and WAXSEAL_EMBEDDED'
    : 'any command that uses the vault makes it, such as "waxseal list"';
}
