/** What to do about what was found, in commands that can be copied. */
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
