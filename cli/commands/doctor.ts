import { existsSync } from 'node:fs';
import { examineVault, type Finding } from '../../src/aws/account/index.ts';
import { type Connection, connect } from '../../src/aws/index.ts';
import { resolveSettings, type Settings } from '../../src/config/index.ts';
import { isWaxsealError, type WaxsealError } from '../../src/errors.ts';
import type { Explainer } from '../../src/loader/explain.ts';
import { type CommandContext, type CommonOptions, say, write, writeJson } from '../context.ts';
import { formatFindings } from '../doctor/print.ts';
import { explained } from '../explain.ts';
import { startProgress } from '../progress.ts';

interface Options extends CommonOptions {
  readonly probeWrite?: boolean;
}

const ENDING = ['SIGTERM', 'SIGHUP'] as const;

/** What was examined, and what was found. */
interface Report {
  readonly which: string;
  readonly findings: readonly Finding[];
}

/** `waxseal doctor` */
export async function run(
  context: CommandContext,
  _args: readonly string[],
  options: Options,
): Promise<number> {
  const settings = await resolveSettings({ vault: options.vault, env: context.env, cwd: context.cwd });
  const { which, findings } = await explained(context, options, (explainer) =>
    examine(context, options, settings, explainer),
  );
  const ok = findings.every(({ state }) => state !== 'fail');
  if (options.json === true) {
    await writeJson(context, { vault: settings.vault, aws: which, findings, ok });
  } else {
    const { env, stdout } = context;
    const colour = stdout.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
    await write(context, formatFindings(findings, { regions: settings.regions, colour }));
  }
  return ok ? 0 : 1;
}

async function examine(
  context: CommandContext,
  options: Options,
  settings: Settings,
  explainer: Explainer | undefined,
): Promise<Report> {
  const { aws, vault } = settings;
  const announce = (which: string): void => say(context, options, `vault ${vault} · ${which}`);
  const place = aws.kind === 'embedded' ? `embedded AWS in ${aws.stateDir}` : 'AWS';
  if (aws.kind === 'embedded' && !existsSync(aws.stateDir)) {
    announce(place);
    return { which: place, findings: [nothingThere(settings, aws.stateDir)] };
  }
  let connection: Connection;
  try {
    connection = await connect(settings, { create: false });
  } catch (error) {
    if (!isWaxsealError(error, 'local_state', 'port_in_use')) throw error;
    announce(place);
    return { which: place, findings: [unusable(error)] };
  }
  const progress = startProgress(context, options, 'examining');
  const stop = stopSignal(context, options);
  try {
    announce(connection.which);
    const findings = await examineVault(settings, connection.endpoint, {
      probeWrite: options.probeWrite,
      signal: stop.signal,
      onProgress: progress.update,
      observe: explainer?.observe,
    });
    return { which: connection.which, findings };
  } finally {
    stop.forget();
    progress.end();
    await connection.close();
  }
}

/** A probe cleans up whatever ends it: a build server that cancels a job sends no Ctrl-C. */
function stopSignal(
  { signal }: CommandContext,
  { probeWrite }: Options,
): { readonly signal: AbortSignal; readonly forget: () => void } {
  if (probeWrite !== true) return { signal, forget: () => {} };
  const ended = new AbortController();
  const end = (): void => ended.abort(new Error('terminated'));
  for (const name of ENDING) process.once(name, end);
  return {
    signal: AbortSignal.any([signal, ended.signal]),
    forget: () => {
      for (const name of ENDING) process.off(name, end);
    },
  };
}

/** A first start makes it all, unless the name of the folder is wrong. */
function nothingThere({ file, vault }: Settings, stateDir: string): Finding {
  const check = 'local-state';
  return file?.config.vaults[vault] === undefined
    ? {
        check,
        state: 'fail',
        message: `there is no embedded AWS in ${stateDir}`,
        fix: 'check WAXSEAL_EMBEDDED; "waxseal env" prints it where the vault is',
      }
    : {
        check,
        state: 'warn',
        message: 'there is nothing yet: the first command that uses the vault makes its key and all else',
        fix: 'such as "waxseal list"',
      };
}

function unusable({ message, hint }: WaxsealError): Finding {
  return { check: 'local-state', state: 'fail', message, ...(hint === undefined ? {} : { fix: hint }) };
}
