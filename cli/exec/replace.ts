/** Puts a command into the place of this process: same pid, same terminal, same parent, and nothing in between. */

/** Node ignores these from its start, and what is ignored stays so in the command; what has a handler does not. */
const IGNORED_BY_NODE = ['SIGPIPE', 'SIGXFSZ'] as const;

/**
 * Does it. Returns only where this Node, system or thread has no way of doing it; `file` has to be certain to start,
 * since any later failure aborts the process.
 * @param argv - the command's name as it was asked for, then its arguments
 */
export function replaceProcess(
  file: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): void {
  if (process.execve === undefined) return;
  // It is written when a process ends, and this one never does. The module is slow to load, so only where it is used.
  if (process.env.NODE_COMPILE_CACHE) process.getBuiltinModule('node:module').flushCompileCache();
  const handler = (): void => {};
  for (const signal of IGNORED_BY_NODE) process.on(signal, handler);
  try {
    process.execve(file, argv, env);
  } catch {
    // Refused before it began, as in a worker thread. What it says would show the environment, so it is not kept.
  }
  for (const signal of IGNORED_BY_NODE) process.off(signal, handler);
}
