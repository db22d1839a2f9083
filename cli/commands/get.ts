import type { Secret } from '../../src/vault/index.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { expiryJson, warnExpired } from '../expiry.ts';
import { answeredBy, whereJson, withVault } from '../session.ts';
import { formatAge } from '../table.ts';
import { expiry } from '../ui/format.ts';

interface Options extends CommonOptions {
  readonly reveal?: boolean;
  readonly copy?: boolean;
  readonly region?: string;
}

/** `waxseal get` */
export function run(context: CommandContext, args: readonly string[], options: Options): Promise<undefined> {
  return withVault(context, options, async (open) => {
    const [name = ''] = args;
    const secret = await open.vault.get(name, {
      signal: context.signal,
      ...(options.region === undefined ? {} : { region: options.region }),
    });
    if (secret.region !== open.vault.regions[0] && options.region === undefined) {
      const age = formatAge(secret.sealedAt, Date.now());
      say(context, options, `${answeredBy(secret.region, open.vault.regions)}: sealed ${age} ago`);
    }
    warnExpired(context, options, secret);
    const onTerminal = context.stdout.isTTY === true;
    if (options.copy === true) await copy(context, options, secret);
    if (options.json === true) {
      await writeJson(context, {
        ...whereJson(open),
        ...toJson(secret, !onTerminal || options.reveal === true),
      });
    } else if (!onTerminal) await write(context, secret.value);
    else if (options.reveal === true) await reveal(context, secret);
    else if (options.copy !== true) await describe(context, secret);
    secret.value.fill(0);
    return undefined;
  });
}

async function describe(context: CommandContext, secret: Secret): Promise<void> {
  const lines = [
    ['name', secret.name],
    ['revision', String(secret.revision)],
    ['sealed', `${formatAge(secret.sealedAt, Date.now())} ago, ${new Date(secret.sealedAt).toISOString()}`],
    ['expires', expiry(secret.expiresAt, Date.now())],
    ['data key', secret.dataKeyId],
    ['read from', secret.region],
    ['value', 'hidden: --reveal shows it, --copy copies it, a pipe gets its bytes'],
  ];
  await write(context, lines.map(([label = '', text]) => `${label.padEnd(10)}${text}\n`).join(''));
}

/** On a terminal a value must not be able to move the cursor or rename the window: control characters are shown. */
async function reveal(context: CommandContext, secret: Secret): Promise<void> {
  const { escapeText } = await import('../ui/escape.ts');
  if (secret.binary) {
    await write(
      context,
      `binary, ${secret.value.byteLength} bytes: send it to a file (waxseal get ${secret.name} > file)\n`,
    );
  } else {
    const lines = Buffer.from(secret.value).toString().split('\n').map(escapeText);
    await write(context, `${lines.join('\n')}\n`);
  }
}

async function copy(context: CommandContext, options: Options, secret: Secret): Promise<void> {
  const { copyText } = await import('../ui/clipboard.ts');
  const how = await copyText(Buffer.from(secret.value).toString(), context.env, context.stderr);
  say(context, options, `sent ${secret.name} to the clipboard, ${how}`);
}

function toJson(secret: Secret, withValue: boolean): Record<string, unknown> {
  const bytes = Buffer.from(secret.value);
  const value = secret.binary ? { valueBase64: bytes.toString('base64') } : { value: bytes.toString() };
  return {
    name: secret.name,
    revision: secret.revision,
    sealedAt: new Date(secret.sealedAt).toISOString(),
    ...expiryJson(secret.expiresAt),
    dataKey: secret.dataKeyId,
    region: secret.region,
    ...(withValue ? value : {}),
  };
}
