/**
 * A failure of the emulator itself, not of an AWS call. Codes: `emulator_state_broken`,
 * `emulator_state_foreign_owner`, `emulator_state_newer`, `emulator_state_unusable`, `emulator_port_in_use`, `emulator_state_busy`,
 * `emulator_option_invalid`, `emulator_unreachable`.
 */
export class EmulatorError extends Error {
  readonly code: string;
  /** What the reader can do about it. */
  readonly hint: string;
  constructor(code: string, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'EmulatorError';
    this.code = code;
    this.hint = hint;
  }
}

/** An answer of AWS that is an error. `code` goes out as `__type`; an empty message is left out, as AWS does. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message = '', status = 400) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}
