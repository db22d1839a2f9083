/** What every screen needs, by context. */
import { type Context, createContext, useContext } from 'react';
import type { Vault } from '../../src/vault/interface.ts';
import type { AppAction, AppState } from './app-state.ts';

/** What the app needs of a vault. */
export type AppVault = Pick<
  Vault,
  | 'path'
  | 'regions'
  | 'get'
  | 'set'
  | 'sizeOf'
  | 'delete'
  | 'list'
  | 'history'
  | 'rollbackSecret'
  | 'undelete'
  | 'status'
  | 'planSync'
  | 'sync'
>;

/** The vault, the app's state and the way to change it. */
export interface Session {
  readonly vault: AppVault;
  readonly aws: string;
  readonly copy: (text: string) => Promise<string>;
  readonly state: AppState;
  readonly dispatch: (action: AppAction) => void;
  /** The app's state as of this moment, which may not be rendered yet. */
  readonly read: () => AppState;
  /** Whether keys are for the screen: not while help or a notice of size covers it. */
  readonly active: boolean;
}

const SessionContext: Context<Session | undefined> = createContext<Session | undefined>(undefined);

/** Gives the session to all below. */
export const SessionProvider: typeof SessionContext.Provider = SessionContext.Provider;

/** The session that the app runs in. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new TypeError('"useSession" expected a SessionProvider above it');
  return session;
}

/** The room that a screen has. */
export interface Room {
  readonly width: number;
  readonly height: number;
}
