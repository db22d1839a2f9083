/**
 * `cdktf synth` in the current folder, without its spinner and log lines: says what was written, or, on failure,
 * shows what cdktf said and exits as it did. Needs no terraform.
 */
import { join } from 'node:path';
import { json, synthesize } from './deploy/synth.ts';

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

const synthesized = synthesize(process.env);
if ('said' in synthesized) {
  process.stderr.write(synthesized.said);
  process.exitCode = synthesized.status;
} else {
  const lines = synthesized.stacks.flatMap((folder) => stackSummary(join(folder, 'cdk.tf.json')));
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

function stackSummary(file: string): readonly string[] {
  const { provider, resource } = json(file) as Synthesized;
  const endpoint = provider.aws[0]?.endpoints?.[0]?.kms;
  const of = (type: string): readonly Resource[] => Object.values(resource[type] ?? {});
  const named = (type: string, mine: (resource: Resource) => boolean): string =>
    of(type)
      .filter(mine)
      .map(({ name }) => name)
      .join(', ');
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
        ...line('alarms', of('aws_cloudwatch_event_rule').filter(mine)),
        `  policies ${named('aws_iam_policy', mine)}`,
      ];
    }),
    file,
  ];
}

function describe(endpoint: string | undefined): string {
  if (endpoint === undefined) return 'the account that your AWS configuration means';
  // main.ts: the embedded AWS, of which nobody has said yet where it is.
  return endpoint.endsWith(':9') ? 'the embedded one; npm run deploy:local deploys to it' : endpoint;
}

function line(what: string, made: readonly Resource[]): readonly string[] {
  return made.length === 0 ? [] : [`  ${what} in ${made.map(({ region }) => region).join(', ')}`];
}
