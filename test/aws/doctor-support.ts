/** A vault on an emulator, and its examination. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ExamineOptions, examineVault, type Finding } from '../../src/aws/account/index.ts';
import { resolveSettings } from '../../src/config/index.ts';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/index.ts';
import { openVault } from '../../src/open-vault.ts';
import { as } from '../emulator/auth-support.ts';
import { type Clients, present } from '../emulator/support.ts';
import { bytes } from '../support/world.ts';

/** The vault of these tests. */
export const VAULT = '/acme/dev';
/** Its alias. */
export const ALIAS: string = `alias/waxseal${VAULT}`;
/** Its descriptor. */
export const DESCRIPTOR: string = `${VAULT}/.waxseal/vault`;
/** Its home region. */
export const HOME = 'us-east-1';
/** Its replica region. */
export const REPLICA = 'eu-west-1';
/** What its only secret holds. */
export const SECRET = 'never-to-be-printed-9f86d081';

/** A vault that stands as the plan has it, with one secret, on a running emulator. */
export interface Patient {
  readonly emulator: Emulator;
  /** Where waxseal.json is. */
  readonly folder: string;
  /** The bare id of its key. */
  readonly keyId: string;
  at(region: string): Clients;
  /** Writes another waxseal.json. */
  configure(config: object): void;
  examine(options?: ExamineOptions, env?: Readonly<Record<string, string>>): Promise<readonly Finding[]>;
  /** The names of all its parameters in a region. */
  names(region: string): Promise<readonly string[]>;
}

/** What waxseal.json says of the vault unless a test says otherwise. */
export function config(more: object = {}, ofVault: object = {}): object {
  const vault = { home: HOME, replicas: [REPLICA], rotationDays: 180, ...ofVault };
  return { aws: 'embedded', vaults: { [VAULT]: vault }, ...more };
}

/** Makes one; gone with the test. @param provision - false: nothing is there */
export async function patient(options: EmulatorOptions = {}, provision = true): Promise<Patient> {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const configure = (what: object): void => writeFileSync(join(folder, 'waxseal.json'), JSON.stringify(what));
  configure(config());
  if (provision) {
    const first = await openVault({ env: {}, cwd: folder });
    await first.vault.set('PASSWORD', bytes(SECRET));
    await first.close();
  }
  const emulator = await startEmulator({ ...options, stateDir: join(folder, '.waxseal') });
  onTestFinished(() => emulator.close());
  const at = (region: string): Clients => as(emulator.endpoint, 'root', region);
  const key = provision ? await at(HOME).kms.describeKey({ KeyId: ALIAS }) : undefined;
  emulator.clearCalls();
  return {
    emulator,
    folder,
    keyId: provision ? present(key?.KeyMetadata?.KeyId) : '',
    at,
    configure,
    async examine(examination = {}, env = { WAXSEAL_ENDPOINT: emulator.endpoint }) {
      const settings = await resolveSettings({ env, cwd: folder });
      return examineVault(
        settings,
        settings.aws.kind === 'endpoint' ? settings.aws.url : undefined,
        examination,
      );
    },
    async names(region) {
      const page = await at(region).ssm.getParametersByPath({ Path: VAULT, Recursive: true });
      return (page.Parameters ?? []).map(({ Name }) => Name ?? '').sort();
    },
  };
}

/** `state` of one check, as `check region: state`, for all findings that are not in order. */
export function complaints(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ state }) => state === 'fail' || state === 'warn')
    .map(({ check, region, state }) => `${check}${region === undefined ? '' : ` ${region}`}: ${state}`);
}

/** The finding of one check. */
export function find(findings: readonly Finding[], check: Finding['check'], region?: string): Finding {
  const found = findings.filter((one) => one.check === check && one.region === region);
  if (found.length === 1) return present(found[0]);
  throw new Error(`${found.length} findings of ${check} ${region ?? ''}: ${JSON.stringify(findings)}`);
}
