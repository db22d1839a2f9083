/** A vault in three regions of the emulator with three revisions of one secret, copied anew for each fault. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeKeyCommand,
  DisableKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { type Emulator, startEmulator } from '../../../src/emulator/index.ts';
import { openVault } from '../../../src/open-vault.ts';
import { bytes, VAULT } from '../../support/world.ts';
import { type FaultName, type Place, REGIONS } from './region-table.ts';

const ALL = Object.values(REGIONS);
const DAY = 86_400_000;

/** The secret's values, by revision from 1; each was published. */
export const VALUES = ['one', 'two', 'three'] as const;

/** One emulator with the vault in it. */
export interface Stage {
  readonly emulator: Emulator;
  readonly env: Readonly<Record<string, string>>;
  /** A folder without a waxseal.json. */
  readonly cwd: string;
  close(): Promise<void>;
}

/** What stages are made from. */
export interface Stages {
  /** An emulator of its own, as no other one left it. */
  open(): Promise<Stage>;
  close(): void;
}

/** Makes the vault, whose KMS primary is in the third region, so that any of the other keys can be lost. */
export async function makeStages(): Promise<Stages> {
  const root = mkdtempSync(join(tmpdir(), 'waxseal-regions-'));
  const [template, cwd] = [join(root, 'template'), join(root, 'cwd')];
  const variables = { WAXSEAL_VAULT: VAULT, WAXSEAL_REGIONS: ALL.join(',') };
  mkdirSync(cwd);
  const project = join(root, 'project');
  mkdirSync(project);
  const vault = { home: REGIONS.home, replicas: [REGIONS.replica, REGIONS.third], primary: REGIONS.third };
  writeFileSync(join(project, 'waxseal.json'), JSON.stringify({ vaults: { [VAULT]: vault } }));
  await (await openVault({ env: { WAXSEAL_EMBEDDED: template }, cwd: project })).close();
  // From here on time stands still, so that what is stale stays so however long the tests take.
  const stopped = Date.now();
  const start = (stateDir: string): Promise<Emulator> =>
    startEmulator({ stateDir, regions: ALL, now: () => stopped });
  const emulator = await start(template);
  const open = await openVault({ env: { ...variables, WAXSEAL_ENDPOINT: emulator.endpoint }, cwd });
  for (const value of VALUES) {
    await open.vault.set('A', bytes(value));
    await open.vault.publish();
    // Only the first one is old.
    if (value === VALUES[0]) emulator.advance(60_000);
  }
  await open.close();
  await emulator.close();
  let count = 0;
  return {
    async open() {
      count += 1;
      const stateDir = join(root, `state-${count}`);
      cpSync(template, stateDir, { recursive: true });
      const own = await start(stateDir);
      return {
        emulator: own,
        env: { ...variables, WAXSEAL_ENDPOINT: own.endpoint },
        cwd,
        async close() {
          await own.close();
          rmSync(stateDir, { recursive: true });
        },
      };
    },
    close: () => rmSync(root, { recursive: true }),
  };
}

/** Makes a fault, for good. */
export async function cause({ emulator }: Stage, place: Place, fault: FaultName): Promise<void> {
  const region = REGIONS[place];
  switch (fault) {
    case 'down':
      return emulator.setFault({ region, kind: 'down' });
    case 'slow by 5 s':
      return emulator.setFault({ region, kind: 'latency', ms: 5_000 });
    case 'throttled':
      return emulator.setFault({ region, kind: 'throttle' });
    case 'access denied':
      return emulator.setFault({ region, kind: 'error', code: 'AccessDeniedException' });
    case 'stale by 2 revisions':
      return emulator.setFault({ region, kind: 'stale', ms: 30_000 });
    case 'half-open':
      return emulator.setFault({ region, kind: 'hang' });
    case 'key disabled':
      return withKey(emulator, region, async (kms, KeyId) => {
        await kms.send(new DisableKeyCommand({ KeyId }));
      });
    case 'key pending deletion':
    case 'key missing':
      await withKey(emulator, region, async (kms, KeyId) => {
        await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
      });
      if (fault === 'key missing') emulator.advance(8 * DAY);
  }
}

async function withKey(
  { endpoint }: Emulator,
  region: string,
  use: (kms: KMSClient, keyId: string) => Promise<void>,
): Promise<void> {
  const kms = new KMSClient({ endpoint, region, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  try {
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: `alias/waxseal${VAULT}` }));
    await use(kms, KeyMetadata?.KeyId ?? '');
  } finally {
    kms.destroy();
  }
}
