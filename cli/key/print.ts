/** What a rewrap would write, and what refers to a KMS key, as text. */
import type { KeyCounts, KeyProblem, KeyUsage, RewrapPlan, RewrapRegion } from '../../src/vault/index.ts';
import { formatTable } from '../table.ts';
import { estimate } from '../writing.ts';

/** USD a request. Source: KMS pricing, "$0.03 per 10,000 requests". */
const USD_PER_CALL = 0.03 / 10_000;

const HEADER = ['REGION', 'SECRETS', 'DELETED', 'DATA KEY', 'RELEASE', 'PINNED'] as const;

/** A line for each region. */
export function formatWrites(regions: readonly RewrapRegion[]): string {
  return formatTable(
    [...HEADER, 'WRITES'],
    regions.map(({ region, counts, writes }) => [region, ...cells(counts), String(writes)]),
  );
}

/** A line for each region. */
export function formatUsage({ regions }: KeyUsage): string {
  return formatTable(
    [...HEADER, 'HISTORY'],
    regions.map(({ region, current, history }) => [region, ...cells(current), String(history)]),
  );
}

/** What a rewrap takes: calls to KMS, what they cost, and how long the writes take. */
export function formatEffort({ regions, kmsCalls }: Pick<RewrapPlan, 'regions' | 'kmsCalls'>): string {
  const calls = kmsCalls === 1 ? '1 call to KMS' : `${kmsCalls} calls to KMS`;
  const writes = Math.max(0, ...regions.map((one) => one.writes));
  return `${calls}, ${usd(kmsCalls)}; ${estimate(writes)}`;
}

function usd(kmsCalls: number): string {
  const cents = Math.round(kmsCalls * USD_PER_CALL * 100);
  return cents === 0 ? 'less than USD 0.01' : `USD ${(cents / 100).toFixed(2)}`;
}

/** A rewrap's figures for `--json`. */
export function effortJson({ regions, kmsCalls }: Pick<RewrapPlan, 'regions' | 'kmsCalls'>): object {
  return {
    regions,
    kmsCalls,
    kmsUsd: Number((kmsCalls * USD_PER_CALL).toFixed(6)),
  };
}

/** What was left as it is, for `--json`. */
export function problemsJson(problems: readonly KeyProblem[]): readonly unknown[] {
  return problems.map(({ region, name, error }) => ({ region, name, error: error.toJSON() }));
}

/** Regions that did not answer, for `--json`. */
export function failedJson(failed: KeyUsage['failed']): readonly unknown[] {
  return Object.entries(failed).map(([region, error]) => ({ region, error: error.toJSON() }));
}

function cells({ entries, tombstones, dataKey, release, pinned }: KeyCounts): readonly string[] {
  return [entries, tombstones, dataKey, release, pinned].map(String);
}
