/** What a call met, in the form that all of AWS's clients give it: the code is the error's name. */

/** How an answer begins. */
export interface AnswerHead {
  readonly status: number;
  /** By their names in small letters; what came several times stands with commas between. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** An answer that says no, or makes no sense. */
export class AwsFailure extends Error {
  override readonly name: string;
  readonly $metadata: { readonly httpStatusCode: number; readonly requestId?: string };
  /** In ms, from a Retry-After header. */
  readonly retryAfter: number | undefined;
  /** The server's clock when it answered, in ms since 1970. */
  readonly answeredAt: number | undefined;

  constructor(code: string, message: string, { status, headers }: AnswerHead) {
    super(message);
    this.name = code;
    const requestId = headers['x-amzn-requestid'];
    this.$metadata = {
      httpStatusCode: status,
      ...(typeof requestId === 'string' ? { requestId } : {}),
    };
    this.retryAfter = waitIn(headers['retry-after']);
    this.answeredAt = moment(headers.date);
  }
}

/** An error with a name that says what it is, such as `TimeoutError`; names are what failures are told apart by. */
export function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

/** Retry-After holds seconds or a date (RFC 9110, 10.2.3). */
function waitIn(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(header)) return Number(header) * 1000;
  const at = moment(header);
  return at === undefined ? undefined : Math.max(0, at - Date.now());
}

function moment(header: string | undefined): number | undefined {
  const at = Date.parse(header ?? '');
  return Number.isNaN(at) ? undefined : at;
}
