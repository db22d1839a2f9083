import type { Call } from '../operation.ts';
import type { ParameterRecord } from '../records.ts';

/** A parameter, or the end of a branch that was passed over. */
export type Place = readonly [name: string, parameter: ParameterRecord | undefined];

/** All parameters from a name on. */
export function* walkAll(call: Call, from: string): Generator<Place> {
  for (const parameter of call.tx.sorted('parameter', call.region, from)) yield [parameter.name, parameter];
}

/** The parameters whose names begin so, from a name on. */
export function* walkPrefix(call: Call, prefix: string, from: string): Generator<Place> {
  for (const place of walkAll(call, from < prefix ? prefix : from)) {
    if (!place[0].startsWith(prefix)) return;
    yield place;
  }
}

/**
 * The parameters under a path, from a name on. Without `recursive` whatever lies a level deeper is passed over branch
 * by branch, not parameter by parameter.
 */
export function* walkUnder(call: Call, path: string, recursive: boolean, from: string): Generator<Place> {
  const base = path.endsWith('/') ? path : `${path}/`;
  // A name without a slash lies at the root, so there is no prefix that all names there have.
  const prefix = base === '/' ? '' : base;
  for (let start: string | undefined = from; start !== undefined; ) {
    const places: Iterable<Place> = walkPrefix(call, prefix, start);
    start = undefined;
    for (const place of places) {
      const deeper = place[0].indexOf('/', base.length);
      if (recursive || deeper < 0) {
        yield place;
        continue;
      }
      // "0" is the character that follows "/": the first name behind the branch is this or a later one.
      start = `${place[0].slice(0, deeper)}0`;
      yield [`${place[0].slice(0, deeper)}/\uffff`, undefined];
      break;
    }
  }
}
