/** What was aimed at, and what came of it. */
import { HEDGE_AFTER } from '../../src/vault/scope.ts';
import type { Starter } from './cases.ts';
import type { Herd } from './herd.ts';
import type { Measured, Times } from './measure.ts';
import type { Phase } from './phases.ts';
import { SIZES } from './vaults.ts';

/** All that was measured in one run. */
export interface Results {
  readonly measured: Measured;
  /** The same over TLS, of the starts that have it; undefined where there is no openssl. */
  readonly secure: Measured | undefined;
  readonly phases: readonly Phase[];
  readonly herds: readonly Herd[];
  /** What loading takes more than a bare node, in MB. */
  readonly loaderMb: number;
}

/** One aim. */
export interface Verdict {
  readonly what: string;
  readonly aim: string;
  readonly found: string;
  /** The same by the least times, on which a busy machine weighs less; for ratios of starts only. */
  readonly least?: string;
  readonly met: boolean;
}

/** Compares all of them. */
export function verdicts(results: Results): readonly Verdict[] {
  return [...calls(results), ...speeds(results), ...crowds(results), memory(results)];
}

function calls({ measured }: Results): readonly Verdict[] {
  const both: readonly (readonly [Starter, string, base: number])[] = [
    ['exec', 'cold', 2],
    ['exec-warm', 'warm', 1],
  ];
  return both.flatMap(([starter, temper, base]) =>
    SIZES.map((size) => {
      const { ssm, kms, inARow } = measured.count(starter, size);
      const large = size === 1000;
      const [most, row] = [large ? 4 : 1, large ? base + 1 : base];
      return {
        what: `calls, ${temper}, N = ${size}`,
        aim: `${most} + 1, ${row} in a row`,
        found: `${ssm} + ${kms}, ${inARow} in a row`,
        met: ssm <= most && kms <= 1 && inARow <= row,
      };
    }),
  );
}

/** A start and how many secrets it loads. */
type Start = readonly [Starter, size?: number];
type Ratio = readonly [
  what: string,
  ms: number,
  over: Start,
  under: Start,
  sign: '≤' | '≥',
  bound: number,
  /** In ms: what `over` may take besides, and does not count. */
  besides?: number,
];

/** One region's normal load is the aim; a tenth more is what two medians may be apart by chance. */
const HOME_SILENT = `exec with home silent, less the hedge delay of ${HEDGE_AFTER} ms, over exec, N = 100`;
const RATIOS: readonly Ratio[] = [
  ['exec over bare node, N = 100', 0, ['exec', 100], ['node'], '≤', 2],
  ['exec over the SDK script, N = 100', 0, ['exec', 100], ['script'], '≤', 0.6],
  [HOME_SILENT, 20, ['exec-home-dead', 100], ['exec', 100], '≤', 1.1, HEDGE_AFTER],
  [HOME_SILENT, 80, ['exec-home-dead', 100], ['exec', 100], '≤', 1.1, HEDGE_AFTER],
  ['chamber over exec cold, N = 100', 20, ['chamber', 100], ['exec', 100], '≥', 2.3],
  ['chamber over exec cold, N = 100', 80, ['chamber', 100], ['exec', 100], '≥', 4],
  ['chamber over exec cold, N = 1,000', 80, ['chamber', 1000], ['exec', 1000], '≥', 20],
  ['exec warm over sops, N = 100', 80, ['exec-warm', 100], ['sops'], '≤', 1.5],
  ['exec warm over chamber, N = 10', 20, ['exec-warm', 10], ['chamber', 10], '≤', 1.6],
  ['exec warm over chamber, N = 10', 80, ['exec-warm', 10], ['chamber', 10], '≤', 1],
  ['powertools over loadSecrets, N = 100', 20, ['powertools', 100], ['load', 100], '≥', 3.5],
  ['powertools over loadSecrets, N = 100', 80, ['powertools', 100], ['load', 100], '≥', 4],
  ['middy over loadSecrets, N = 100', 20, ['middy', 100], ['load', 100], '≥', 1],
  ['middy over loadSecrets, N = 100', 80, ['middy', 100], ['load', 100], '≥', 1],
  ['middy over loadSecrets warm, N = 100', 80, ['middy', 100], ['load-warm', 100], '≥', 1],
];

function speeds({ measured, secure }: Results): readonly Verdict[] {
  const overTls = RATIOS.filter(([what, ms]) => / over loadSecrets/.test(what) && ms > 0);
  return [
    ...ratios(measured, RATIOS, ''),
    ...(secure === undefined ? [] : ratios(secure, overTls, ', over TLS')),
  ];
}

function ratios(measured: Measured, wanted: readonly Ratio[], where: string): readonly Verdict[] {
  const times = ([starter, size]: Start, ms: number): Times => measured.times(starter, size, ms);
  return wanted.map(([what, ms, over, under, sign, bound, besides = 0]) => {
    const ratio = (times(over, ms).median - besides) / times(under, ms).median;
    const least = (times(over, ms).min - besides) / times(under, ms).min;
    return {
      what: `${what}, ${ms} ms a call${where}`,
      aim: `${sign} ${bound}x`,
      found: `${ratio.toFixed(2)}x`,
      least: `${least.toFixed(2)}x`,
      met: sign === '≤' ? ratio <= bound : ratio >= bound,
    };
  });
}

function crowds({ herds }: Results): readonly Verdict[] {
  const of = (starter: Starter, quota: number): Herd => {
    const found = herds.find((one) => one.starter === starter && one.quota === quota);
    if (found === undefined) throw new Error(`no herd of ${starter} at a quota of ${quota}`);
    return found;
  };
  const [exec, chamber, tight] = [of('exec', 40), of('chamber', 40), of('exec', 8)];
  const ratio = exec.ms / chamber.ms;
  return [
    {
      what: '20 exec at once, quota of 40',
      aim: '20 up, none throttled',
      found: `${exec.succeeded} up, ${exec.throttled} throttled`,
      met: exec.succeeded === 20 && exec.throttled === 0,
    },
    {
      what: 'until all are up, over chamber',
      aim: '≤ 0.15x',
      found: `${ratio.toFixed(2)}x`,
      met: ratio <= 0.15,
    },
    {
      what: '20 exec at once, quota of 8',
      aim: '20 up',
      found: `${tight.succeeded} up`,
      met: tight.succeeded === 20,
    },
  ];
}

function memory({ loaderMb }: Results): Verdict {
  return {
    what: 'memory of loadSecrets over bare node',
    aim: '≤ 25 MB',
    found: `${loaderMb.toFixed(1)} MB`,
    met: loaderMb <= 25,
  };
}
