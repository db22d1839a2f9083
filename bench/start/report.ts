/** The page that a run writes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { surroundings as machine, table } from '../page.ts';
import { type Case, overTls, TITLES } from './cases.ts';
import type { Herd } from './herd.ts';
import { LATENCIES, type Measured, OFTENER_AT_ONCE, SECURE_LATENCIES } from './measure.ts';
import type { Phase } from './phases.ts';
import { type Results, type Verdict, verdicts } from './targets.ts';
import { ROOT } from './vaults.ts';

/** docs/BENCHMARKS.md. @param runs - whole processes behind each median */
export function report(results: Results, cases: readonly Case[], runs: number): string {
  return [
    '# Benchmarks\n\nWritten by `npm run bench`; see `bench/README.md` for what is measured and how.\n',
    `${surroundings(runs)}\n`,
    `## Starts\n\n${starts(results.measured, cases, LATENCIES, runs)}\n`,
    ...secureStarts(results, cases, runs),
    `## Where the milliseconds go\n\n${phaseTable(results.phases)}\n`,
    `## Twenty starts at once\n\n${herdTable(results.herds)}\n`,
    `## Aims\n\n${aims(verdicts(results))}\n`,
    `## Not measured\n\n${NOT_MEASURED}\n`,
  ].join('\n');
}

const NOT_MEASURED = `- chamber and sops themselves: their rows replay recorded calls inside a process that is up already, after 10 and 23 ms for the
  start of the tool. What the real ones take is at least that.
- AWS: latency is injected, and the emulator's own work (one process, one request at a time) is in every row.`;

function surroundings(runs: number): string {
  const lines = [
    ...machine(),
    `waxseal ${version('package.json')}`,
    `@aws-sdk/client-ssm ${version('bench/node_modules/@aws-sdk/client-ssm/package.json')} for the peers, ` +
      `powertools ${version('bench/node_modules/@aws-lambda-powertools/parameters/package.json')}, ` +
      `middy ${version('bench/node_modules/@middy/ssm/package.json')}`,
    `${runs} runs of each start at each latency, ${OFTENER_AT_ONCE * runs} at none, taking turns; one region, but for the start whose home is silent; N secrets of 32 random bytes as base64`,
  ];
  return lines.map((line) => `- ${line}`).join('\n');
}

function version(file: string): string {
  const { version } = JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as { readonly version: string };
  return version;
}

function secureStarts({ secure }: Results, cases: readonly Case[], runs: number): readonly string[] {
  if (secure === undefined) return [];
  const intro =
    'The same with TLS before both services, and a handshake with each. Latency is injected into calls, not into handshakes.';
  return [`## Starts over TLS\n\n${intro}\n\n${starts(secure, overTls(cases), SECURE_LATENCIES, runs)}\n`];
}

function phaseTable(phases: readonly Phase[]): string {
  const rows = phases.map(({ what, ms }) => [what, ms.toFixed(1)]);
  const intro =
    '`waxseal exec -- true`, cold, N = 100, 0 ms a call: the medians of its phases, in ms. What the command itself and the end of the process take is not in it.';
  return `${intro}\n\n${table(['phase', 'ms'], rows)}`;
}

function starts(
  measured: Measured,
  cases: readonly Case[],
  latencies: readonly number[],
  runs: number,
): string {
  const heads = latencies.map((ms) => `${ms} ms a call`);
  const rows = cases.map(({ starter, size }) => {
    const { ssm, kms, inARow } = measured.count(starter, size);
    const times = latencies.map((ms) => {
      const { median, min } = measured.times(starter, size, ms);
      return `${median.toFixed(0)} (${min.toFixed(0)})`;
    });
    return [TITLES[starter], size?.toLocaleString('en') ?? '', `${ssm} + ${kms}`, inARow, ...times];
  });
  const oftener = latencies.includes(0) ? ` (at 0 ms of ${OFTENER_AT_ONCE * runs})` : '';
  const intro = `Whole processes from start to end, in ms: the median of ${runs}${oftener}, and the least in brackets. Calls are Parameter Store + KMS, counted by the emulator.`;
  return `${intro}\n\n${table(['start', 'N', 'calls', 'in a row', ...heads], rows)}`;
}

function herdTable(herds: readonly Herd[]): string {
  const rows = herds.map(({ starter, quota, rounds, succeeded, ms, throttled }) => [
    TITLES[starter],
    quota,
    rounds,
    `${succeeded} of 20`,
    Number.isFinite(ms) ? (ms / 1000).toFixed(2) : 'none up',
    throttled,
  ]);
  const intro =
    'N = 100, 20 ms a call. The quota is that many calls a second for GetParameter, GetParameters and GetParametersByPath together, and as many at once after a rest. Up: the least of the rounds. Seconds: until the last one that came up, the median of the rounds. Throttled: calls refused, in all rounds.';
  return `${intro}\n\n${table(['start', 'quota', 'rounds', 'up', 's', 'throttled'], rows)}`;
}

function aims(all: readonly Verdict[]): string {
  const rows = all.map(({ what, aim, found, least, met }) => [
    what,
    aim,
    found,
    least ?? '',
    met ? 'yes' : '**no**',
  ]);
  return table(['what', 'aim', 'found', 'by the least', 'met'], rows);
}
