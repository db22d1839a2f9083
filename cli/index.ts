#!/usr/bin/env node
/** The `waxseal` command. */
import type { CommandContext } from './context.ts';
import { runCommandLine } from './program.ts';

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort(new Error('interrupted')));
// "waxseal list | head" closes the pipe early: that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    process.stderr.write(`error: the output could not be written (${error.code})\n`);
    process.exit(1);
  });
}

// A copy: what is set below is not for the commands that "exec" starts.
const env = { ...process.env };
// The SDK's advice to upgrade would land in the middle of the terminal app on Node 20, where that still works.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const context: CommandContext = {
  // A getter: merely touching process.stdin changes the pipe for a child that inherits it.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env,
  cwd: process.cwd(),
  signal: interrupt.signal,
};

process.exitCode = await runCommandLine(context, process.argv.slice(2));
