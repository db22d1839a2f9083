/** What a descriptor or a data key record says, to be compared: anybody with ssm:PutParameter may have written it. */

/** The fields of such a text, whatever they hold; undefined where it is no JSON object. */
export function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
