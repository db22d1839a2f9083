/** The command line: commander over the table of commands. */
import { Command, CommanderError } from 'commander';
import { COMMANDS, type CommandSpec, DEFAULT_COMMAND } from './commands/table.ts';
import type { CommandContext } from './context.ts';
import { reportError } from './report-error.ts';

declare const WAXSEAL_VERSION: string;

/** Parses and runs a command line. @returns the exit status */
export async function runCommandLine(context: CommandContext, argv: readonly string[]): Promise<number> {
  let status = 0;
  const execute = async (
    spec: CommandSpec,
    args: readonly string[],
    options: { json?: boolean },
  ): Promise<void> => {
    try {
      const { run } = await spec.load();
      status = (await run(context, args, options)) ?? 0;
    } catch (error) {
      status = reportError(context, error, options.json === true);
    }
  };
  const program = new Command('waxseal')
    .description('Secrets for AWS Parameter Store, sealed before they leave your machine.')
    .version(WAXSEAL_VERSION, '-V, --version', 'print the version')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nWithout a command the terminal app opens. Try it without an AWS account: waxseal demo\n',
    )
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      outputError: (text, write) => write(withoutTyped(text)),
    })
    .exitOverride();
  for (const [flags, description] of DEFAULT_COMMAND.options ?? []) program.option(flags, description);
  program.action((options: { json?: boolean }) => execute(DEFAULT_COMMAND, [], options));
  for (const spec of COMMANDS) addCommand(program, spec, execute);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    // commander has said what is wrong already; help and version come this way with status 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportError(context, error, false);
  }
}

/** An argument too many, or a made-up option, may be a value that belonged into a pipe: it is not said again. */
function withoutTyped(text: string): string {
  return text
    .replace(/ but got (\d+): [\s\S]*$/, ' but got $1.\n')
    .replace(/^(error: unknown option '(?:--[\w-]+(?==)|-\w))[\s\S]*$/, "$1'\n");
}

function addCommand(
  parent: Command,
  spec: CommandSpec,
  execute: (spec: CommandSpec, args: readonly string[], options: { json?: boolean }) => Promise<void>,
): void {
  const command = parent
    .command(spec.usage)
    .description(spec.summary)
    .helpGroup(`${spec.group}:`)
    .exitOverride();
  for (const [flags, description] of spec.options ?? []) command.option(flags, description);
  command.addHelpText('after', `\nExamples:\n${spec.examples.map((example) => `  ${example}`).join('\n')}\n`);
  if (spec.passThrough === true) command.passThroughOptions();
  command.action((...parameters: unknown[]) => {
    const options = parameters.at(-2) as { json?: boolean };
    const args = parameters
      .slice(0, -2)
      .flat()
      .filter((arg): arg is string => typeof arg === 'string');
    // `--vault` may stand before the command as well as behind it.
    return execute(spec, args, { ...parent.opts(), ...options });
  });
  for (const subcommand of spec.subcommands ?? []) addCommand(command, subcommand, execute);
}
