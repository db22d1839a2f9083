import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
import { TerraformStack, Testing } from 'cdktf';
import type { Construct } from 'constructs';
import type { Config } from '../../src/config/index.ts';
import { WaxsealStack, type WaxsealStackProps } from '../../src/constructs/index.ts';

/** One resource of cdk.tf.json. */
export type Block = Readonly<Record<string, unknown>>;

/** A synthesized stack: its text for cdktf's matchers, and its parts. */
export interface Synthesized {
  readonly json: string;
  readonly provider: Readonly<Record<string, readonly Block[]>>;
  readonly terraform: Block;
  readonly output: Readonly<Record<string, Block>>;
  readonly data: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly resource: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  /** The resources of one type. */
  of(type: string): readonly Block[];
}

/** The stack of a checked waxseal.json. */
export function synthConfig(config: Config, props: Omit<WaxsealStackProps, 'config'> = {}): Synthesized {
  return withApp((app) => new WaxsealStack(app, 'waxseal', { config, ...props }));
}

/** A stack of one's own, as somebody has who uses the constructs without waxseal.json. */
export function synthScope(build: (scope: Construct) => void): Synthesized {
  return withApp((app) => {
    const stack = new TerraformStack(app, 'own');
    new AwsProvider(stack, 'aws', { region: 'us-east-1' });
    build(stack);
    return stack;
  });
}

/** cdktf makes its output folder when an app is constructed; left to itself it leaves one behind per test. */
function withApp(build: (app: Construct) => TerraformStack): Synthesized {
  const outdir = mkdtempSync(join(tmpdir(), 'waxseal-infra-'));
  try {
    const json = Testing.synth(build(Testing.app({ outdir })), true);
    const parts = JSON.parse(json) as Partial<Omit<Synthesized, 'json' | 'of'>>;
    const { provider = {}, terraform = {}, output = {}, data = {}, resource = {} } = parts;
    const of = (type: string): readonly Block[] => Object.values(resource[type] ?? {});
    return { json, provider, terraform, output, data, resource, of };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** What cdktf says about a resource with these properties; "" when there is one. */
export function missing(json: string, type: string, properties: Record<string, unknown>): string {
  return Testing.toHaveResourceWithProperties(json, type, properties)
    ? ''
    : `no ${type} with ${JSON.stringify(properties)}`;
}
