/** What `--explain` and `explain: true` tell of the work on a vault: its calls as a table, and a line. No secret is in it. */
import type { Observe, ObservedCall } from '../aws/index.ts';
import type { OpenVault } from '../open-vault.ts';
import type { BootVault, DataKeyUse } from '../vault/index.ts';
import { HEDGE_AFTER } from '../vault/scope.ts';

/** Notes the calls of one vault. */
export interface Explainer {
  /** To be told of each call. */
  readonly observe: Observe;
  /** Notes which vault it is and who makes its calls. */
  opened(open: Pick<OpenVault<BootVault>, 'vault' | 'connection'>): void;
  /** Notes the release that was read or published; undefined for a vault that has none. */
  release(number: number | undefined): void;
  /** All that was noted, once the vault is closed: calls that were cut off are told of by then. */
  finish(): Promise<Explained>;
}

/** The calls of one vault. */
export interface Explained {
  /** In the order in which they began. */
  readonly calls: readonly ObservedCall[];
  /** The same as lines for a person. */
  readonly text: string;
}

/** Who is told: stderr, or a function. */
export type Explain = boolean | ((calls: readonly ObservedCall[]) => void);

interface Timed {
  readonly call: ObservedCall;
  /** In ms of `performance.now()`. */
  readonly began: number;
  readonly ended: number;
}

/** Timers may fire a little early. */
const EARLY = 5;

/** Begins to note. @param hedgeAfter - of the vault, in ms; what was asked elsewhere sooner was no hedge */
export function createExplainer(hedgeAfter: number = HEDGE_AFTER): Explainer {
  const start = performance.now();
  const noted: Timed[] = [];
  let open: Pick<OpenVault<BootVault>, 'vault' | 'connection'> | undefined;
  let release: string | undefined;
  return {
    observe(call) {
      const ended = performance.now();
      noted.push({ call, began: ended - call.ms, ended });
    },
    opened(one) {
      open = one;
    },
    release(number) {
      release = number === undefined ? 'no release' : `release ${number}`;
    },
    async finish() {
      const total = performance.now() - start;
      await new Promise<void>((resolve) => void setImmediate(resolve));
      const inOrder = noted.toSorted((a, b) => a.began - b.began);
      const calls = inOrder.map(({ call }) => call);
      const parts = [`${calls.length} ${calls.length === 1 ? 'call' : 'calls'} in ${total.toFixed(1)} ms`];
      if (open !== undefined) {
        const { client, why } = open.connection.client;
        const hedged = wasHedged(inOrder, open.vault.regions[0], hedgeAfter);
        parts.push(`${client} client (${why})`, hedged ? 'hedged' : 'not hedged');
      }
      if (release !== undefined) parts.push(release);
      if (open !== undefined) parts.push(dataKeyText(open.vault.dataKeyUse()));
      const line = `explain${open === undefined ? '' : ` ${open.vault.path}`}: ${parts.join(' · ')}\n`;
      return { calls, text: `${callTable(calls)}${line}` };
    },
  };
}

/**
 * Works on several vaults at once and tells of all their calls, whether it goes well or not.
 * @param work - the work on one vault
 */
export async function explaining<V, T>(
  explain: Explain,
  hedgeAfter: number | undefined,
  vaults: readonly V[],
  work: (vault: V, place: number, explainer: Explainer) => Promise<T>,
): Promise<T[]> {
  const each = vaults.map((vault) => ({ vault, explainer: createExplainer(hedgeAfter) }));
  try {
    return await Promise.all(each.map(({ vault, explainer }, place) => work(vault, place, explainer)));
  } finally {
    const explained = await Promise.all(each.map(({ explainer }) => explainer.finish()));
    if (typeof explain === 'function') explain(explained.flatMap(({ calls }) => calls));
    else process.stderr.write(explained.map(({ text }) => text).join(''));
  }
}

/** Whether another region was asked what home had been asked, and had not answered in time. */
function wasHedged(calls: readonly Timed[], home: string | undefined, hedgeAfter: number): boolean {
  return calls.some(
    (late) =>
      late.call.region !== home &&
      calls.some(
        ({ call, began, ended }) =>
          call.region === home &&
          call.operation === late.call.operation &&
          late.began - began >= hedgeAfter - EARLY &&
          // Home's is cut off only when the other one has answered.
          ended > late.began,
      ),
  );
}

function dataKeyText({ opened, reused, retired }: DataKeyUse): string {
  const more = retired === 0 ? '' : `, ${retired} retired`;
  return `data keys: ${opened} opened by KMS, ${reused} uses from memory${more}`;
}

function callTable(calls: readonly ObservedCall[]): string {
  if (calls.length === 0) return '';
  const rows = [
    ['CALL', 'REGION', 'MS', 'ATTEMPTS', 'BYTES', 'STATUS'],
    ...calls.map(({ operation, region, ms, attempts, bytes, status }) => [
      operation,
      region,
      ms.toFixed(1),
      String(attempts),
      String(bytes),
      status === 0 ? 'none' : String(status),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
