/** From settings to an open vault. */
import { type Connection, connect, type Observe } from './aws/index.ts';
// Not by the index: a start without waxseal.json needs no schema.
import { resolveSettings, type Settings } from './config/settings.ts';
import { type BootVault, createBootVault } from './vault/boot-vault.ts';
import { createHealth, type RegionHealth } from './vault/health.ts';
import type { Vault, VaultOptions } from './vault/index.ts';

/** In ms. */
const DAY = 86_400_000;

/** How a vault is found and opened. */
export interface OpenVaultOptions
  extends Pick<VaultOptions, 'timeout' | 'hedgeAfter' | 'actAsHome' | 'rate' | 'health' | 'dataKeys'> {
  /** The vault's path; default WAXSEAL_VAULT, then waxseal.json. */
  readonly vault?: string | undefined;
  /** Default process.env. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Make the embedded AWS's state folder and the vault's keys where they are not there yet. Default: for a vault that
   * waxseal.json names; a path that only a variable names may be mistyped. Never done on an AWS account.
   */
  readonly create?: boolean | undefined;
  /** Told of every call. */
  readonly observe?: Observe | undefined;
  /** Where waxseal.json is looked for, upwards; default the working directory. */
  readonly cwd?: string | undefined;
}

/** An open vault, and the way to AWS that it uses. */
export interface OpenVault<Kind = Vault> {
  readonly vault: Kind;
  readonly settings: Settings;
  readonly connection: Connection;
  /** What is remembered of regions that did not answer. */
  readonly health: RegionHealth;
  /** Wipes the data keys and closes the connections. */
  close(): Promise<void>;
}

/**
 * Finds out which vault and which AWS are meant and opens it. The embedded AWS makes the vault's keys when they are
 * not there yet; `connection.made` says what it made.
 * @throws WaxsealError `config_missing`, `config_invalid`, `vault_unknown`, `invalid_name`, `local_state`, `port_in_use`;
 *   `usage` when no region of the vault can act as home so
 */
export async function openVault(options: OpenVaultOptions = {}): Promise<OpenVault> {
  // Loaded only now: an application that starts from a vault needs none of what writes to it.
  const { createVault } = await import('./vault/vault.ts');
  return open(options, false, createVault);
}

/**
 * The same for the start of an application: what it needs and no more, read by the lean client where that knows the
 * credentials.
 * @throws WaxsealError as {@link openVault}
 */
export async function openBootVault(options: OpenVaultOptions = {}): Promise<OpenVault<BootVault>> {
  return open(options, true, createBootVault);
}

async function open<Kind extends { close(): void }>(
  options: OpenVaultOptions,
  boot: boolean,
  createKind: (options: VaultOptions) => Kind,
): Promise<OpenVault<Kind>> {
  const settings = await resolveSettings({
    vault: options.vault,
    env: options.env ?? process.env,
    cwd: options.cwd ?? process.cwd(),
  });
  const { create, observe } = options;
  const connection = await connect(settings, { create, boot, observe });
  const health = options.health ?? createHealth();
  const vault = await opened(connection, () =>
    createKind({
      path: settings.vault,
      regions: connection.regions,
      tier: settings.tier,
      timeout: options.timeout,
      hedgeAfter: options.hedgeAfter,
      actAsHome: options.actAsHome,
      rate: options.rate,
      dataKeys: options.dataKeys,
      dataKeyMaxAge: settings.dataKeyMaxAgeDays * DAY,
      health,
    }),
  );
  return {
    vault,
    settings,
    connection,
    health,
    async close() {
      vault.close();
      await connection.close();
    },
  };
}

/** What fails behind an open connection must not leave it open. */
async function opened<Kind>(connection: Connection, open: () => Kind): Promise<Kind> {
  try {
    return open();
  } catch (error) {
    await connection.close();
    throw error;
  }
}
