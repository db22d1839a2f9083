/** Copying a secret. The value goes through a pipe, never through argv, where every process could read it. */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Writable } from 'node:stream';

type Env = Readonly<Record<string, string | undefined>>;

/** A program that fills the clipboard from its standard input. */
export interface ClipboardTool {
  readonly name: string;
  readonly args: readonly string[];
  /** clip.exe takes UTF-8 for the console's code page, and UTF-16 with a byte order mark for what it is. */
  readonly encoding: 'utf8' | 'utf16le';
  /** The variable that must be set for the tool to have a screen to talk to. */
  readonly needs?: string | undefined;
}

const TOOLS: readonly ClipboardTool[] = [
  { name: 'pbcopy', args: [], encoding: 'utf8' },
  { name: 'wl-copy', args: [], encoding: 'utf8', needs: 'WAYLAND_DISPLAY' },
  { name: 'xclip', args: ['-selection', 'clipboard'], encoding: 'utf8', needs: 'DISPLAY' },
  { name: 'xsel', args: ['--clipboard', '--input'], encoding: 'utf8', needs: 'DISPLAY' },
  { name: 'clip.exe', args: [], encoding: 'utf16le' },
];

/** A tool that hangs must not hang the app. */
const TOOL_TIMEOUT = 3000;

/** The escape sequence that asks the terminal, also at the far end of ssh, to fill its clipboard (OSC 52). */
export function osc52(text: string): string {
  return `\u{1B}]52;c;${Buffer.from(text, 'utf8').toString('base64')}\u{7}`;
}

/** The first tool that is on the PATH and has a screen, and where it is. */
export function findTool(env: Env): { readonly tool: ClipboardTool; readonly file: string } | undefined {
  const folders = (env.PATH ?? '').split(delimiter).filter(isAbsolute);
  for (const tool of TOOLS) {
    if (tool.needs !== undefined && (env[tool.needs] ?? '') === '') continue;
    const file = folders.map((folder) => join(folder, tool.name)).find(isExecutable);
    if (file !== undefined) return { tool, file };
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * Copies a text: through the terminal, and through a tool where there is one. Terminals do not answer, so which of
 * the two took it can't be known, and both are told.
 */
export async function copyText(text: string, env: Env, terminal: Writable): Promise<string> {
  terminal.write(osc52(text));
  const found = findTool(env);
  if (found === undefined || !(await runTool(found.file, found.tool, text, env)))
    return 'through the terminal';
  return `through the terminal and ${found.tool.name}`;
}

/** Whether the tool took the text. */
function runTool(file: string, tool: ClipboardTool, text: string, env: Env): Promise<boolean> {
  return new Promise((resolve) => {
    // Ignored outputs: xclip and wl-copy stay behind as the clipboard's owner and would keep a pipe open.
    const child = spawn(file, tool.args, {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { ...env },
      timeout: TOOL_TIMEOUT,
    });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
    // A tool that ends early closes the pipe; its exit tells of it.
    child.stdin.on('error', () => {});
    child.stdin.end(tool.encoding === 'utf8' ? text : `\u{FEFF}${text}`, tool.encoding);
  });
}
