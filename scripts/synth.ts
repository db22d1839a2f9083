/**
 * `cdktf synth` in the current folder, without its spinner and log lines: says what was written, or, on failure,
 * shows what cdktf said and exits as it did. Needs no terraform.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

/** The part of a synthesized resource that the summary reads. */
interface Resource {
  readonly region: string;
  readonly name?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** The part of cdk.tf.json that the summary reads. */
interface Synthesized {
  readonly provider: {
    readonly aws: readonly { readonly endpoints?: readonly { readonly kms: string }[] }[];
  };
  readonly resource: Readonly<Record<string, Readonly<Record<string, Resource>>>>;
}

const cdktf = createRequire(import.meta.url).resolve('cdktf-cli/bundle/bin/cdktf');
const run = spawnSync(process.execPath, [cdktf, 'synth'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'pipe'],
  maxBuffer: 64 * 1024 * 1024,
  env: {
    ...process.env,
    // cdktf.json says "node main.ts": the node that runs this one is known to strip types.
    PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
    CI: '1',
    CHECKPOINT_DISABLE: '1',
    DISABLE_VERSION_CHECK: '1',
    CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1',
  },
});
if (run.error !== undefined) throw run.error;
if (run.status === 0) {
  process.stdout.write(summary(outputFolder()));
} else {
  process.stderr.write(run.stderr.trim() === '' ? run.stdout : run.stderr);
  process.exitCode = run.status ?? 1;
}

function outputFolder(): string {
  return (json('cdktf.json') as { readonly output?: string }).output ?? 'cdktf.out';
}

function summary(folder: string): string {
  const manifest = json(join(folder, 'manifest.json')) as {
    readonly stacks: Readonly<Record<string, { readonly synthesizedStackPath: string }>>;
  };
  return Object.values(manifest.stacks)
    .flatMap(({ synthesizedStackPath }) => stackSummary(join(folder, synthesizedStackPath)))
    .map((line) => `${line}\n`)
    .join('');
}

function stackSummary(file: string): readonly string[] {
  const { provider, resource } = json(file) as Synthesized;
  const endpoint = provider.aws[0]?.endpoints?.[0]?.kms;
  const of = (type: string): readonly Resource[] => Object.values(resource[type] ?? {});
  const keys = of('aws_kms_key');
  const replicas = of('aws_kms_replica_key');
  const descriptors = of('aws_ssm_parameter');
  const vaults = new Set(descriptors.map(({ tags }) => tags?.['waxseal:vault'] ?? ''));
  return [
    `aws: ${describe(endpoint)}`,
    ...[...vaults].flatMap((vault) => {
      const mine = ({ tags }: Resource): boolean => tags?.['waxseal:vault'] === vault;
      const alias = `alias/waxseal${vault}`;
      return [
        `vault ${vault}`,
        ...line('primary key', keys.filter(mine)),
        ...line('replica key', replicas.filter(mine)),
        ...line(
          `alias ${alias}`,
          of('aws_kms_alias').filter(({ name }) => name === alias),
        ),
        ...line(`descriptor ${vault}/.waxseal/vault`, descriptors.filter(mine)),
      ];
    }),
    file,
  ];
}

function describe(endpoint: string | undefined): string {
  if (endpoint === undefined) return 'the account that your AWS configuration means';
  // main.ts: the embedded AWS, of which nobody has said yet where it is.
  if (endpoint.endsWith(':9'))
    return 'the embedded one; to deploy there, set WAXSEAL_ENDPOINT as "waxseal local" prints it';
  return endpoint;
}

function line(what: string, made: readonly Resource[]): readonly string[] {
  return made.length === 0 ? [] : [`  ${what} in ${made.map(({ region }) => region).join(', ')}`];
}

function json(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
