/** Secrets as they may be found where they must not be. */

/** The ways in which bytes may hide: as they are, in hexadecimal, and in base64 at each of its three alignments. */
export function formsOf(secret: string | Uint8Array): readonly string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) => {
    // Only the characters that the secret alone decides, whatever stands before and after it.
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return text.slice(Math.ceil((shift * 4) / 3), Math.floor(((shift + bytes.length) * 4) / 3));
  });
  const hex = bytes.toString('hex');
  return [
    bytes.toString('latin1'),
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** The secrets of which a form is found in `bytes`. */
export function findIn(
  bytes: Buffer | string,
  secrets: Readonly<Record<string, string | Uint8Array>>,
): readonly string[] {
  const text = bytes.toString('latin1');
  return Object.entries(secrets).flatMap(([door, secret]) =>
    formsOf(secret).some((form) => text.includes(form)) ? [door] : [],
  );
}
