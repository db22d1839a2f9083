/**
 * Every error that waxseal raises on purpose. `code` is stable and meant for programs, the message says what
 * happened, `hint` what to do next, `cause` keeps what was caught. No secret value is ever part of one.
 */

/** What each code means to a shell: the exit status of the command that met it. */
export const EXIT_STATUS = {
  // 1: it did not work
  cancelled: 1,
  command_failed: 1,
  key_guarded: 1,
  key_not_found: 1,
  key_unusable: 1,
  local_state: 1,
  port_in_use: 1,
  rejected: 1,
  secret_expired: 1,
  secrets_invalid: 1,
  throttled: 1,
  timeout: 1,
  unreachable: 1,
  unexpected: 1,
  value_too_large: 1,
  write_unconfirmed: 1,
  not_loadable: 1,
  // 2: it was asked for wrongly
  config_invalid: 2,
  config_missing: 2,
  import_invalid: 2,
  invalid_name: 2,
  name_clash: 2,
  name_refused: 2,
  no_terminal: 2,
  usage: 2,
  vault_unknown: 2,
  // 3: it is not there
  not_found: 3,
  release_missing: 3,
  // 4: it is not allowed
  credentials: 4,
  denied: 4,
  // 5: somebody else came first
  already_exists: 5,
  behind: 5,
  conflict: 5,
  // 6: it is there, and not to be trusted
  data_key_retired: 6,
  decrypt_failed: 6,
  foreign_key: 6,
  large_incomplete: 6,
  malformed: 6,
  misplaced: 6,
  never_valid: 6,
  release_incomplete: 6,
  release_too_old: 6,
} as const;

/** A stable name for what went wrong. */
export type ErrorCode = keyof typeof EXIT_STATUS;

/** What an error carries besides its message. */
export interface ErrorDetail {
  /** What to do next, in lower case, without a final period. */
  readonly hint?: string | undefined;
  /** What was caught; kept so that a stack trace leads to the bottom. */
  readonly cause?: unknown;
  /** The region that it happened in, where one is to blame. */
  readonly region?: string | undefined;
}

/**
 * What errors are known by. Not the class alone: an application may have the library more than once, as it lies in a
 * bundle and beside it, or in two versions.
 */
const BRAND = Symbol.for('waxseal.error');

/** The one error class of waxseal. */
export class WaxsealError extends Error {
  static {
    Object.defineProperty(WaxsealError.prototype, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): value is WaxsealError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  override readonly name = 'WaxsealError';
  readonly code: ErrorCode;
  /** What to do next. */
  declare readonly hint?: string;
  /** The region that it happened in. */
  declare readonly region?: string;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    if (detail.hint !== undefined) this.hint = detail.hint;
    if (detail.region !== undefined) this.region = detail.region;
  }

  /** For `--json` and structured logs: everything but the cause, which may come from elsewhere. */
  toJSON(): { code: ErrorCode; message: string; hint?: string; region?: string } {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.region === undefined ? {} : { region: this.region }),
    };
  }
}

/** Whether `error` is a {@link WaxsealError}, and, when codes are given, has one of them. */
export function isWaxsealError(error: unknown, ...codes: readonly ErrorCode[]): error is WaxsealError {
  return error instanceof WaxsealError && (codes.length === 0 || codes.includes(error.code));
}

const INTEGRITY: readonly ErrorCode[] = [
  'data_key_retired',
  'malformed',
  'misplaced',
  'decrypt_failed',
  'foreign_key',
  'large_incomplete',
  'never_valid',
  'release_incomplete',
  'release_too_old',
];

/** Whether an error says that what was read is not to be trusted, as opposed to could not be read. */
export function isIntegrityError(error: unknown): error is WaxsealError {
  return isWaxsealError(error, ...INTEGRITY);
}
