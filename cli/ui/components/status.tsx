import { Text } from 'ink';
import type { ReactNode } from 'react';
import type { AppState, Status as StatusText } from '../app-state.ts';
import { escapeText, wrapWords } from '../escape.ts';
import { describeError } from '../format.ts';
import { type TextStyle, type Theme, useTheme } from '../theme.ts';

/** A line of the status area. */
export interface StatusLine {
  readonly tone: StatusText['tone'] | 'hint';
  readonly text: string;
}

/** Words in front, so that the tone is told without a colour. */
const MARK: Readonly<Record<StatusText['tone'], string>> = {
  info: '',
  done: '✓ ',
  warning: '! ',
  error: '✗ ',
};

/** What the status area says, most pressing first, in at most `room` lines: never none, so that the screen is calm. */
export function statusLines(state: AppState, width: number, room: number): readonly StatusLine[] {
  const texts: StatusText[] = [];
  if (state.leaving) {
    texts.push({
      tone: 'warning',
      message: 'still writing: press Ctrl-C again to leave without knowing how it ends',
    });
  }
  if (state.loadError !== undefined && state.listing !== undefined) {
    texts.push({ ...state.loadError, tone: 'error', message: `not reloaded: ${state.loadError.message}` });
  }
  if (state.status !== undefined) texts.push(state.status);
  if (state.screen.kind === 'list') {
    for (const [region, error] of Object.entries(state.listing?.failed ?? {})) {
      const { message, hint } = describeError(error);
      const told = message.includes(region) ? message : `${region} did not answer: ${message}`;
      texts.push({ tone: 'warning', message: told, hint });
    }
  }
  const lines = texts.flatMap(({ tone, message, hint }) => [
    ...wrapWords(MARK[tone] + escapeText(message), width).map((text) => ({ tone, text })),
    ...wrapWords(escapeText(hint ?? ''), width - 2).map((text) => ({
      tone: 'hint' as const,
      text: `  ${text}`,
    })),
  ]);
  return lines.length === 0 ? [{ tone: 'info', text: ' ' }] : lines.slice(0, room);
}

/** The status area. */
export function StatusArea({ lines }: { readonly lines: readonly StatusLine[] }): ReactNode {
  const theme = useTheme();
  return lines.map(({ tone, text }, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity beside their place
    <Text key={index} wrap="truncate" {...styleOf(theme, tone)}>
      {text}
    </Text>
  ));
}

function styleOf(theme: Theme, tone: StatusLine['tone']): TextStyle {
  if (tone === 'done') return theme.good;
  if (tone === 'warning') return theme.warning;
  if (tone === 'error') return theme.bad;
  return tone === 'hint' ? theme.faint : {};
}
