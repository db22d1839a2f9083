/** Findings as text: a mark and a word each, so that they read without colour. */
import { styleText } from 'node:util';
import type { Finding, FindingState } from '../../src/aws/account/index.ts';

/** How findings are printed. */
export interface PrintOptions {
  /** Every region of the vault, home first. */
  readonly regions: readonly string[];
  readonly colour: boolean;
}

const LOOKS = {
  ok: { mark: '✓', word: 'ok', colour: 'green' },
  // Not yellow: it cannot be read on white.
  warn: { mark: '!', word: 'warning', colour: 'magenta' },
  fail: { mark: '✗', word: 'wrong', colour: 'red' },
  info: { mark: '·', word: 'note', colour: 'cyan' },
  untested: { mark: '–', word: 'not tested', colour: 'dim' },
} as const satisfies Record<FindingState, unknown>;

const WORD_WIDTH = Math.max(...Object.values(LOOKS).map(({ word }) => word.length));
const INDENT = 4;

/** The whole report. */
export function formatFindings(findings: readonly Finding[], { regions, colour }: PrintOptions): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const groups = [
    { title: 'everywhere', members: findings.filter(({ region }) => region === undefined) },
    ...regions.map((region, index) => ({
      title: index === 0 ? `${region} (home)` : region,
      members: findings.filter((one) => one.region === region),
    })),
  ].filter(({ members }) => members.length > 0);
  const blocks = groups.map(({ title, members }) => {
    const lines = members.map((one) => formatFinding(one, width, colour));
    return `${paint('bold', title, colour)}\n${lines.join('')}`;
  });
  return `${blocks.join('\n')}\n${summarize(findings)}\n`;
}

/** One line that adds up: what there is to mend, to look at, and what nobody looked at. */
export function summarize(findings: readonly Finding[]): string {
  const count = (state: FindingState): number => findings.filter((one) => one.state === state).length;
  const [wrong, warnings, untested] = [count('fail'), count('warn'), count('untested')];
  const parts = [
    ...(wrong > 0 ? [`${things(wrong)} to mend`] : []),
    ...(warnings > 0 ? [`${things(warnings)} to look at`] : []),
  ];
  const first = parts.length === 0 ? 'all well' : parts.join(', ');
  return untested === 0 ? first : `${first} (${untested} not tested)`;
}

function formatFinding({ check, state, message, fix }: Finding, width: number, colour: boolean): string {
  const { mark, word, colour: style } = LOOKS[state];
  const label = paint(style, `${mark} ${word.padEnd(WORD_WIDTH)}`, colour);
  const line = `  ${label}  ${check.padEnd(width)}  ${clean(message)}\n`;
  return fix === undefined ? line : `${line}${' '.repeat(INDENT + WORD_WIDTH + width + 4)}→ ${clean(fix)}\n`;
}

function things(count: number): string {
  return count === 1 ? '1 thing' : `${count} things`;
}

function paint(style: Parameters<typeof styleText>[0], text: string, colour: boolean): string {
  return colour ? styleText(style, text, { validateStream: false }) : text;
}

/** AWS and whoever writes there had a hand in some messages: they must not drive the terminal. */
function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\u{FFFD}');
}
