/** The files that the SDK and the AWS command line share: `~/.aws/config` and `~/.aws/credentials`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, variable } from './environment.ts';

/** Their texts; absent where there is no such file, or none that may be read, as the SDK has it. */
export interface SharedFiles {
  readonly config?: string;
  readonly credentials?: string;
}

/** Reads both. */
export function readSharedFiles(env: Environment): SharedFiles {
  const home =
    variable(env, 'HOME') ?? variable(env, 'USERPROFILE') ?? process.getBuiltinModule('node:os').homedir();
  const read = (says: string, name: string): string | undefined => {
    const named = variable(env, says);
    const file = named?.startsWith('~/') ? join(home, named.slice(2)) : named;
    try {
      return readFileSync(file ?? join(home, '.aws', name), 'utf8');
    } catch {
      return undefined;
    }
  };
  const config = read('AWS_CONFIG_FILE', 'config');
  const credentials = read('AWS_SHARED_CREDENTIALS_FILE', 'credentials');
  return {
    ...(config === undefined ? {} : { config }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

/** Settings that change neither where a call goes nor how: of the command line, or given by waxseal itself. */
const HARMLESS = new Set(['region', 'output', 'cli_pager', 'cli_auto_prompt', 'cli_history', 'max_attempts']);

/** Settings that say whose calls they are. */
const CREDENTIALS = new Set([
  'aws_access_key_id',
  'aws_secret_access_key',
  'aws_session_token',
  'aws_account_id',
  'credential_process',
  'credential_source',
  'duration_seconds',
  'external_id',
  'login_session',
  'mfa_serial',
  'role_arn',
  'role_session_name',
  'source_profile',
  'sso_account_id',
  'sso_region',
  'sso_registration_scopes',
  'sso_role_name',
  'sso_session',
  'sso_start_url',
  'web_identity_token_file',
]);

/**
 * The first setting of the files that the lean client cannot leave unread.
 * @param credentialsKnown - whether the credentials come from elsewhere, so that those of the files do not count
 */
export function settingThatCounts(files: SharedFiles, credentialsKnown: boolean): string | undefined {
  const lines = [files.config, files.credentials].flatMap((text) => text?.split(/\r?\n/) ?? []);
  for (const line of lines) {
    if (/^\s*([#;]|$)/.test(line) || /^\s*\[[^\]]*\]/.test(line)) continue;
    const setting = /^\s*([^=\s]+)\s*=/.exec(line)?.[1]?.toLowerCase() ?? 'a line that is no setting';
    if (HARMLESS.has(setting) || (credentialsKnown && CREDENTIALS.has(setting))) continue;
    return setting;
  }
  return undefined;
}
