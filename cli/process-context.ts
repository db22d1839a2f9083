/** This process as commands see it. */
import { WaxsealError } from '../src/errors.ts';
import type { CommandContext, OutStream } from './context.ts';
import { keepStreams } from './exec/streams.ts';

/**
 * Looks at this process.
 * @param how - `untouched` leaves the standard streams as they came: output is written past Node's own streams, and
 *   input is for the program that takes this one's place. It has to be asked for before any other code is loaded.
 */
export function processContext(how: 'untouched' | 'usual'): CommandContext {
  if (how === 'untouched') keepStreams();
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort(new Error('interrupted'));
  process.once('SIGINT', stop);
  // A copy: what is set below is not for the commands that "exec" starts.
  const env = { ...process.env };
  // The SDK's advice to upgrade would land in the middle of the terminal app on Node 20, where that still works.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const guarded = new Set<OutStream>();
  const guard = (stream: OutStream): OutStream => {
    if (!guarded.has(stream)) stream.on('error', endQuietly);
    guarded.add(stream);
    return stream;
  };
  return {
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return guard(process.stdout);
    },
    get stderr() {
      return guard(process.stderr);
    },
    env,
    get cwd() {
      return workingDirectory();
    },
    signal: interrupt.signal,
    interrupt: stop,
    streamsUntouched: how === 'untouched',
  };
}

/** "waxseal list | head" closes the pipe early: that is no failure. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  process.stderr.write(`error: the output could not be written (${error.code})\n`);
  process.exit(1);
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new WaxsealError('command_failed', 'the working directory is not there any more', {
      hint: 'cd to a folder that exists',
      cause,
    });
  }
}
