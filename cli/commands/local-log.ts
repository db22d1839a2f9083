/** The call log of `waxseal local --log`. */
import type { CallRecord } from '../../src/emulator/index.ts';

/**
 * A call on one line: when, where, what, how it ended and who asked. Names of parameters, values and plaintexts are
 * not in a call's record. What the caller chose freely is cut and kept from driving the terminal.
 */
export function logLine(call: CallRecord): string {
  const { at, region, service, operation, status, error, ms, accessKeyId } = call;
  const word = (text: string | undefined): string => text?.replace(/[^\w.:-]/g, '?').slice(0, 64) || '-';
  return `${[
    new Date(at).toISOString(),
    word(region),
    `${service}:${word(operation)}`,
    String(status),
    word(error),
    `${ms.toFixed(1)}ms`,
    word(accessKeyId),
  ].join(' ')}\n`;
}
