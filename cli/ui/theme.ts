/** Colours: few, from the terminal's own sixteen so that they fit light and dark, and none where none are wanted. */
import type { TextProps } from 'ink';
import { type Context, createContext, useContext } from 'react';

/** How a piece of text is set apart. Every use of one goes with a word or a mark that says the same. */
export type TextStyle = Pick<TextProps, 'color' | 'dimColor' | 'bold'>;

/** The styles by meaning. */
export interface Theme {
  readonly accent: TextStyle;
  readonly good: TextStyle;
  readonly warning: TextStyle;
  readonly bad: TextStyle;
  readonly faint: TextStyle;
  readonly strong: TextStyle;
}

const COLOURED: Theme = {
  accent: { color: 'cyan' },
  good: { color: 'green' },
  // Not yellow: it cannot be read on white.
  warning: { color: 'magenta' },
  bad: { color: 'red' },
  faint: { dimColor: true },
  strong: { bold: true },
};

const PLAIN: Theme = { accent: {}, good: {}, warning: {}, bad: {}, faint: {}, strong: {} };

/** The theme that an environment asks for; see https://no-color.org. */
export function themeFor(env: Readonly<Record<string, string | undefined>>): Theme {
  const wanted = (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  return wanted ? COLOURED : PLAIN;
}

const ThemeContext: Context<Theme> = createContext<Theme>(PLAIN);

/** Gives the theme to all below. */
export const ThemeProvider: typeof ThemeContext.Provider = ThemeContext.Provider;

/** The theme in use. */
export function useTheme(): Theme {
  return useContext(ThemeContext);
}
