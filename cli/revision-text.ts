/** Words and JSON for a revision of a secret. */

/** What is known of a revision, and its value where it was asked for. */
interface Known {
  readonly revision: number;
  /** In ms since 1970. */
  readonly sealedAt: number;
  /** In ms since 1970. */
  readonly storedAt?: number | undefined;
  /** In ms since 1970. */
  readonly expiresAt?: number | undefined;
  readonly writtenBy?: string | undefined;
}

/** A point in time, in UTC, to the second. */
export function momentText(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}

/** Who an ARN names, without its account. */
export function writerText(arn: string | undefined): string {
  return arn?.split(':').at(-1) ?? '?';
}

/** When and by whom a revision was written, and when it expires. */
export function revisionText({ revision, sealedAt, expiresAt, writtenBy }: Known): string {
  const until = expiresAt === undefined ? '' : `, expires ${momentText(expiresAt)} UTC`;
  return `revision ${revision}, sealed ${momentText(sealedAt)} UTC by ${writerText(writtenBy)}${until}`;
}

/** The same for `--json`. */
export function revisionJson({ revision, sealedAt, storedAt, expiresAt, writtenBy }: Known): object {
  return {
    revision,
    sealedAt: new Date(sealedAt).toISOString(),
    ...(storedAt === undefined ? {} : { storedAt: new Date(storedAt).toISOString() }),
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
    ...(writtenBy === undefined ? {} : { writtenBy }),
  };
}

/** A value for `--json`; one that is not text as base64. */
export function valueJson(value: Uint8Array | undefined, binary: boolean): object {
  if (value === undefined) return {};
  const bytes = Buffer.from(value);
  return binary ? { valueBase64: bytes.toString('base64') } : { value: bytes.toString() };
}
