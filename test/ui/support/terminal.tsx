/** A terminal that is none: keys go in, and everything that was ever drawn on it can be looked at. */
import { Console } from 'node:console';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { onTestFinished } from 'vitest';
import { runTerminalApp, type TerminalAppOptions } from '../../../cli/ui/index.tsx';
import { FakeVault } from './fake-vault.ts';

// Vitest's own console lacks the constructor that Ink patches the console with.
console.Console ??= Console;

/** Keys by name, as a terminal sends them. */
export const KEY = {
  enter: '\r',
  escape: '\u{1B}',
  tab: '\t',
  up: '\u{1B}[A',
  down: '\u{1B}[B',
  left: '\u{1B}[D',
  pageDown: '\u{1B}[6~',
  backspace: '\u{7F}',
  backTab: '\u{1B}[Z',
  ctrlC: '\u{3}',
  ctrlG: '\u{7}',
  ctrlJ: '\n',
  ctrlO: '\u{F}',
  ctrlR: '\u{12}',
  ctrlU: '\u{15}',
  ctrlW: '\u{17}',
  ctrlZ: '\u{1A}',
} as const;

/** How long a condition may take. Never waited for when it holds. */
const PATIENCE = 5000;

class FakeInput extends PassThrough {
  readonly isTTY = true;
  raw = false;
  setRawMode(raw: boolean): this {
    this.raw = raw;
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

class FakeOutput extends EventEmitter {
  readonly isTTY = true;
  readonly writable = true;
  columns: number;
  rows: number;
  /** Everything that was written. */
  written = '';
  /** Every frame: what was written, where it drew something, without its control sequences. */
  readonly frames: string[] = [];

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  write(chunk: string | Uint8Array, callback?: unknown): boolean {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    this.written += text;
    const frame = stripVTControlCharacters(text);
    if (frame.trim() !== '') this.frames.push(frame);
    if (typeof callback === 'function') callback();
    this.emit('drawn');
    return true;
  }

  end(): void {}
}

/** The app in a fake terminal. */
export class AppUnderTest {
  readonly vault: FakeVault;
  readonly input: FakeInput = new FakeInput();
  readonly output: FakeOutput;
  /** Settles when the app has ended. */
  readonly ended: Promise<void>;
  /** What was copied. */
  readonly copied: string[] = [];
  /** How often the process was stopped. */
  stops = 0;

  constructor(vault: FakeVault, options: Partial<TerminalAppOptions> & { columns?: number; rows?: number }) {
    const { columns = 80, rows = 24, ...rest } = options;
    this.vault = vault;
    this.output = new FakeOutput(columns, rows);
    this.ended = runTerminalApp({
      vault,
      aws: 'embedded AWS',
      env: {},
      stdin: this.input as unknown as NodeJS.ReadStream,
      stdout: this.output as unknown as NodeJS.WriteStream,
      copy: async (text) => {
        this.copied.push(text);
        return 'test clipboard';
      },
      suspend: async () => {
        this.stops += 1;
      },
      ...rest,
    });
  }

  /** What is on the screen. */
  get screen(): string {
    return this.output.frames.at(-1) ?? '';
  }

  /** The screen's lines. */
  get lines(): string[] {
    return this.screen.split('\n');
  }

  /** Everything that was ever drawn. */
  get everything(): string {
    return this.output.written + this.output.frames.join('\n');
  }

  /** Presses keys; what a terminal would send in one chunk is one argument. */
  async press(...chunks: string[]): Promise<void> {
    for (const chunk of chunks) {
      this.input.write(chunk);
      // Two chunks that were read together would be one.
      do await new Promise(setImmediate);
      while (this.input.readableLength > 0 && this.input.raw);
    }
  }

  /** Presses keys in the moment in which a frame is drawn that fulfils a condition. */
  pressWith(text: string, keys: string): void {
    const look = (): void => {
      if (!this.screen.includes(text)) return;
      this.output.off('drawn', look);
      this.input.write(keys);
    };
    this.output.on('drawn', look);
  }

  /** Pastes as a terminal with bracketed paste does. */
  async paste(text: string): Promise<void> {
    await this.press(`\u{1B}[200~${text.replaceAll('\n', '\r')}\u{1B}[201~`);
  }

  /** Waits until the screen holds a text, or fulfils a condition. */
  async until(condition: string | ((screen: string) => boolean)): Promise<void> {
    const holds = (): boolean =>
      typeof condition === 'string' ? this.screen.includes(condition) : condition(this.screen);
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!holds()) return;
        clearTimeout(timer);
        this.output.off('drawn', look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.output.off('drawn', look);
        reject(new Error(`waited in vain for ${String(condition)}; the screen was:\n${this.screen}`));
      }, PATIENCE);
      this.output.on('drawn', look);
    });
  }

  /** Presses keys and waits for what follows. */
  async type(keys: string, then: string | ((screen: string) => boolean)): Promise<void> {
    await this.press(keys);
    await this.until(then);
  }

  /** Changes the terminal's size. */
  resize(columns: number, rows: number): void {
    this.output.columns = columns;
    this.output.rows = rows;
    this.output.emit('resize');
  }
}

/** Starts the app on a vault and ends it with the test. */
export function startApp(
  vault: FakeVault = new FakeVault(),
  options: Partial<TerminalAppOptions> & { columns?: number; rows?: number } = {},
): AppUnderTest {
  const app = new AppUnderTest(vault, options);
  onTestFinished(async () => {
    // Once more for a write that is under way.
    await app.press(KEY.ctrlC, KEY.ctrlC);
    await app.ended;
  });
  return app;
}
