import { expect } from 'vitest';
import { sdkKeyWrapper } from '../../src/aws/sdk/key-wrapper.ts';
import { sdkParameterStore } from '../../src/aws/sdk/parameter-store.ts';
import { ACCESS_LEVELS, type Config, type PolicyDocument, parseConfig } from '../../src/config/index.ts';
import type { Identity } from '../../src/emulator/index.ts';
import { vaultAlias } from '../../src/secret-name.ts';
import { createVault, type Region, type Vault } from '../../src/vault/index.ts';
import { account, as } from '../emulator/auth-support.ts';
import { type Clients, type Clock, present, type Started, start, stoppedClock } from '../emulator/support.ts';
import { bytes } from '../support/world.ts';
import { type Block, type Synthesized, synthConfig } from './synth.ts';

export const REGIONS: readonly ['us-east-1', 'eu-west-1'] = ['us-east-1', 'eu-west-1'];
const [HOME, REPLICA] = REGIONS;
export const BREAK_GLASS: string = `arn:aws:sts::${account}:assumed-role/waxseal-break-glass/ann`;

/** The stack of a waxseal.json, made in the emulator as Terraform would make it. */
export interface Deployed {
  readonly config: Config;
  readonly stack: Synthesized;
  /** Without anybody being asked who they are. */
  privileged<T>(action: (root: Started) => Promise<T>): Promise<T>;
  /** From now on these, and nobody else, may call; what they may do is in the stack. */
  admit(...identities: readonly Identity[]): void;
  /** Clients that sign as an identity. */
  as(accessKeyId: string, region?: string): Clients;
  /** The vault, opened as an identity, the first region being home. */
  open(accessKeyId: string, path: string, regions?: readonly [string, ...string[]]): Vault;
  /** The id of the key behind a vault's alias. Default: in the home region. */
  keyId(path: string, region?: string): string;
  /** What an IAM policy of the stack says. @param name - such as `waxseal.acme.a.reader` */
  policy(name: string): PolicyDocument;
  /** The text of the key policy in the stack. */
  keyPolicy(path: string): string;
  readonly clock: Clock;
}

const home = { home: HOME, replicas: [REPLICA] };

/** Two vaults with keys of their own, and one that uses the key of the first. */
export const FILE: object = {
  account,
  vaults: { '/acme/a': home, '/acme/b': home, '/acme/c': { ...home, sharesKeyWith: '/acme/a' } },
  breakGlass: { trustedBy: [account] },
};

/** Synthesizes the stack and makes its keys, replicas, aliases and descriptors, nothing of it by hand. */
export async function deploy(file: object = FILE): Promise<Deployed> {
  const config = await parseConfig(JSON.stringify(file), 'waxseal.json');
  const stack = synthConfig(config);
  const clock = stoppedClock();
  const root = await start({ now: clock.now });
  const ids = await makeKeys(stack, root);
  clock.advance(1000);
  const text = (value: unknown): string => resolve(String(value), ids);
  for (const { region, name, target_key_id } of stack.of('aws_kms_alias')) {
    const { kms } = root.at(String(region));
    await kms.createAlias({ AliasName: String(name), TargetKeyId: text(target_key_id) });
  }
  for (const { region, name, value } of stack.of('aws_ssm_parameter')) {
    await root
      .at(String(region))
      .ssm.putParameter({ Name: String(name), Value: text(value), Type: 'String' });
  }

  const { emulator } = root;
  const clients = (accessKeyId: string, region: string = HOME): Clients =>
    as(emulator.endpoint, accessKeyId, region);
  const only = (type: string, name: string): Block =>
    present(stack.of(type).find((block) => block.name === name));
  return {
    config,
    stack,
    clock,
    privileged: async (action) => {
      const admitted = emulator.identities;
      emulator.setIdentities([]);
      try {
        return await action(root);
      } finally {
        emulator.setIdentities(admitted);
      }
    },
    admit: (...identities) => emulator.setIdentities(identities),
    as: clients,
    open: (accessKeyId, path, regions = REGIONS) =>
      createVault({
        path,
        regions: regions.map((region) => regionOf(region, path, clients(accessKeyId, region))) as [
          Region,
          ...Region[],
        ],
        now: clock.now,
        // Nobody is asked in another region's place: what one region refuses is refused.
        hedgeAfter: 60_000,
      }),
    keyId: (path, region = HOME) => {
      const aliases = stack.of('aws_kms_alias').filter((block) => block.region === region);
      return text(present(aliases.find(({ name }) => name === vaultAlias(path))).target_key_id);
    },
    policy: (name) => JSON.parse(text(only('aws_iam_policy', name).policy)) as PolicyDocument,
    keyPolicy: (path) => {
      const described = `waxseal vault ${path}`;
      return text(
        present(stack.of('aws_kms_key').find(({ description }) => description === described)).policy,
      );
    },
  };
}

/** Each level of each vault, called such as `a_reader`; each vault with two revisions of A in both regions. */
export async function inhabited(): Promise<Deployed> {
  const deployed = await deploy();
  deployed.admit(
    ...['a', 'b', 'c'].flatMap((vault) =>
      ACCESS_LEVELS.map((level) =>
        user(`${vault}_${level}`, deployed.policy(`waxseal.acme.${vault}.${level}`)),
      ),
    ),
  );
  for (const vault of ['a', 'b', 'c']) {
    const opened = deployed.open(`${vault}_writer`, `/acme/${vault}`);
    await opened.set('A', bytes('first'));
    const { behind } = await opened.set('A', bytes(`of ${vault}`));
    expect(behind).toEqual([]);
    opened.close();
  }
  return deployed;
}

/** The id of each key by the expression that stands for it in the stack. */
async function makeKeys(stack: Synthesized, root: Started): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  const tagsOf = ({ tags }: Block) =>
    Object.entries(tags as Record<string, string>).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
  for (const [name, block] of Object.entries(stack.resource.aws_kms_key ?? {})) {
    const { KeyMetadata } = await root.at(String(block.region)).kms.createKey({
      Policy: resolve(String(block.policy), ids),
      MultiRegion: block.multi_region === true,
      Tags: tagsOf(block),
    });
    ids.set(`aws_kms_key.${name}.key_id`, present(KeyMetadata?.KeyId));
    ids.set(`aws_kms_key.${name}.arn`, present(KeyMetadata?.Arn));
  }
  for (const [name, block] of Object.entries(stack.resource.aws_kms_replica_key ?? {})) {
    const arn = resolve(String(block.primary_key_arn), ids);
    const { ReplicaKeyMetadata } = await root.at(arn.split(':')[3] ?? '').kms.replicateKey({
      KeyId: arn,
      ReplicaRegion: String(block.region),
      Policy: resolve(String(block.policy), ids),
      Tags: tagsOf(block),
    });
    ids.set(`aws_kms_replica_key.${name}.key_id`, present(ReplicaKeyMetadata?.KeyId));
  }
  return ids;
}

/** What Terraform would put in place of its expressions. */
function resolve(text: string, ids: ReadonlyMap<string, string>): string {
  return text.replace(/\$\{([^}]+)\}/g, (_, expression: string) =>
    expression === 'data.aws_partition.current.partition' ? 'aws' : present(ids.get(expression)),
  );
}

function regionOf(name: string, path: string, { kms, ssm }: Clients): Region {
  return {
    name,
    parameters: sdkParameterStore(name, { reader: ssm, writer: ssm }),
    keys: sdkKeyWrapper(name, vaultAlias(path), kms),
  };
}

/** A user with IAM policies of the stack. */
export function user(accessKeyId: string, ...policies: readonly PolicyDocument[]): Identity {
  return { accessKeyId, arn: `arn:aws:iam::${account}:user/${accessKeyId}`, policies };
}

/** Somebody who took a role, with IAM policies of the stack. */
export function session(accessKeyId: string, arn: string, ...policies: readonly PolicyDocument[]): Identity {
  return { accessKeyId, arn, policies };
}
