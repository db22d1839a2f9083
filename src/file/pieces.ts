/** Bytes in pieces as they come, cut into pieces of one size. */

/** A piece of that size, or the last one. */
export interface Cut {
  readonly bytes: Uint8Array;
  /** Nothing comes behind it. */
  readonly last: boolean;
}

/** In bytes: room that is made at first. */
const LEAST = 1024;

/**
 * Cuts a stream. A piece that has the right size as it comes is handed on as it is: nothing is copied. Each is held
 * until it is known whether another follows, so whoever gives them leaves the last two untouched; whoever takes one is
 * done with it when it asks for the next, since its room is used again.
 * @param size - bytes of each piece but the last, which has at least one, unless there are none at all
 */
export async function* cut(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Cut> {
  let held: Uint8Array | undefined;
  let begun: Buffer | undefined;
  /** The room of the one that is held, where it was put together here. */
  let room: Buffer | undefined;
  let spare: Buffer | undefined;
  let filled = 0;
  for await (const piece of source) {
    let at = 0;
    while (at < piece.byteLength) {
      let whole: Uint8Array;
      let mine: Buffer | undefined;
      if (filled === 0 && piece.byteLength - at >= size) {
        whole = piece.subarray(at, at + size);
        at += size;
      } else {
        const part = piece.subarray(at, at + size - filled);
        const needed = filled + part.byteLength;
        if (begun === undefined) [begun, spare] = [spare, undefined];
        if (begun === undefined || begun.byteLength < needed) {
          // A short stream needs no room for a whole piece; one that has filled a piece before gets it at once.
          const length = held === undefined ? Math.min(size, Math.max(LEAST, needed * 4)) : size;
          const grown = Buffer.allocUnsafeSlow(length);
          if (begun !== undefined) grown.set(begun.subarray(0, filled));
          begun = grown;
        }
        begun.set(part, filled);
        filled += part.byteLength;
        at += part.byteLength;
        if (filled < size) continue;
        mine = begun;
        whole = mine;
        begun = undefined;
        filled = 0;
      }
      if (held !== undefined) {
        yield { bytes: held, last: false };
        spare = room;
      }
      held = whole;
      room = mine;
    }
  }
  if (filled > 0 && held !== undefined) yield { bytes: held, last: false };
  const rest = begun?.subarray(0, filled);
  yield { bytes: filled > 0 && rest !== undefined ? rest : (held ?? new Uint8Array(0)), last: true };
}
