/** Two texts line by line, in the manner of a unified diff. Pure. */

/** Lines around a change that are shown with it. */
const CONTEXT = 3;
/** Pairs of lines that are compared at most; texts with more are shown one after the other. */
const MAX_PAIRS = 4_000_000;
const NO_BREAK = '\\ no line break at the end';

/** A line: in both, only in the first, or only in the second. */
interface Line {
  readonly mark: ' ' | '-' | '+';
  /** With the line break that ends it, where there is one. */
  readonly text: string;
}

/** The lines that differ, each with its mark, and a few around them; none where the texts are equal. */
export function unifiedDiff(before: string, after: string): readonly string[] {
  const lines = compareLines(linesOf(before), linesOf(after));
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ mark }) => mark !== ' '),
  );
  const shown: string[] = [];
  const at = { before: 1, after: 1 };
  for (const [index, { mark, text }] of lines.entries()) {
    if (near[index] === true) {
      if (near[index - 1] !== true) {
        const end = near.indexOf(false, index);
        shown.push(headOf(lines.slice(index, end < 0 ? undefined : end), at));
      }
      shown.push(`${mark}${text.replace(/\n$/, '')}`);
      if (!text.endsWith('\n')) shown.push(NO_BREAK);
    }
    if (mark !== '+') at.before += 1;
    if (mark !== '-') at.after += 1;
  }
  return shown;
}

/** Which lines of both texts follow, such as `@@ -1,3 +1,4 @@`. */
function headOf(lines: readonly Line[], at: { readonly before: number; readonly after: number }): string {
  const range = (start: number, other: Line['mark']): string => {
    const count = lines.filter(({ mark }) => mark !== other).length;
    return `${count === 0 ? start - 1 : start},${count}`;
  };
  return `@@ -${range(at.before, '+')} +${range(at.after, '-')} @@`;
}

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+/g) ?? [];
}

function compareLines(before: readonly string[], after: readonly string[]): readonly Line[] {
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const marked = (mark: Line['mark'], lines: readonly string[]): Line[] =>
    lines.map((text) => ({ mark, text }));
  const [old, now] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  const middle =
    old.length * now.length > MAX_PAIRS
      ? [...marked('-', old), ...marked('+', now)]
      : longestCommon(old, now);
  return [
    ...marked(' ', before.slice(0, start)),
    ...middle,
    ...marked(' ', before.slice(before.length - end)),
  ];
}

/** Keeps as many lines as can stay; what goes stands before what comes. */
function longestCommon(before: readonly string[], after: readonly string[]): readonly Line[] {
  const width = after.length + 1;
  // How many lines can stay from here to both ends.
  const stay = new Uint32Array((before.length + 1) * width);
  const left = (i: number, j: number): number => stay[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      stay[i * width + j] =
        before[i] === after[j] ? left(i + 1, j + 1) + 1 : Math.max(left(i + 1, j), left(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, now] = [before[i], after[j]];
    if (old !== undefined && old === now) {
      lines.push({ mark: ' ', text: old });
      i += 1;
      j += 1;
    } else if (old !== undefined && (now === undefined || left(i + 1, j) >= left(i, j + 1))) {
      lines.push({ mark: '-', text: old });
      i += 1;
    } else if (now !== undefined) {
      lines.push({ mark: '+', text: now });
      j += 1;
    }
  }
  return lines;
}
