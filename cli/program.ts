/** The command line: commander over the table of commands. */
import { Command, CommanderError } from 'commander';
import { WaxsealError } from '../src/errors.ts';
import type { CommandSpec, OptionSpec } from './commands/spec.ts';
import { COMMANDS, DEFAULT_COMMAND } from './commands/table.ts';
import type { CommandContext } from './context.ts';
import { reportError } from './report-error.ts';
import { version } from './version.ts';

/**
 * Parses and runs a command line.
 * @param commands - what there is to run
 * @returns the exit status
 */
export async function runCommandLine(
  context: CommandContext,
  argv: readonly string[],
  commands: readonly CommandSpec[] = COMMANDS,
): Promise<number> {
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
    .version(version(), '-V, --version', 'print the version')
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
      // Said below, once it is known how.
      outputError: () => {},
    })
    .exitOverride();
  addOptions(program, DEFAULT_COMMAND.options);
  program.allowExcessArguments().action((options: { json?: boolean }, { args }: Command) => {
    if (args.length > 0) throw noSuchCommand();
    return execute(DEFAULT_COMMAND, [], options);
  });
  for (const spec of commands) addCommand(program, spec, execute);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(context, error, argv.includes('--json'));
    // Help and version come this way with status 0, said already.
    if (error.exitCode === 0) return 0;
    return reportError(context, usageError(error), argv.includes('--json'));
  }
}

const VALUE_ON_ARGV =
  'a value on the command line shows in "ps" and in the shell\'s history: pipe it, or let "set" ask for it';

function noSuchCommand(): WaxsealError {
  const names = COMMANDS.map(({ usage }) => usage.split(' ')[0]).join(', ');
  return new WaxsealError('usage', 'there is no command of that name', { hint: `the commands are ${names}` });
}

/** What commander says, without what was typed: it may be a value that belonged into a pipe. */
function usageError({ message }: CommanderError): WaxsealError {
  const [what = '', suggestion] = message
    .replace(/^error: /, '')
    .replace(/ but got (\d+): [\s\S]*$/, ' but got $1')
    .replace(/^(unknown option '(?:--[\w-]+(?==)|-\w))[\s\S]*$/, "$1'")
    .split('\n');
  const hint = what.startsWith("too many arguments for 'set'")
    ? VALUE_ON_ARGV
    : (suggestion?.replace(/^\(|\)$/g, '').toLowerCase() ??
      'see "waxseal --help", or --help behind a command');
  return new WaxsealError('usage', what.replace(/\.$/, ''), { hint });
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
    .allowExcessArguments(false)
    .exitOverride();
  addOptions(command, spec.options);
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

function addOptions(command: Command, options: readonly OptionSpec[] = []): void {
  for (const [flags, description, each] of options) {
    if (each !== 'repeatable') command.option(flags, description);
    else command.option(flags, description, (value: string, before: string[] = []) => [...before, value]);
  }
}
