/**
 * Verifies a whole vault: everything that is stored, in every region, opened by that region's own KMS, and held against
 * the release, the data key record and the other regions. Reads and Decrypts only.
 */
import { WaxsealError } from '../../errors.ts';
import { secretName } from '../../secret-name.ts';
import { checkCancelled } from '../deadline.ts';
import { parsePartName } from '../large/place.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import { againstRecord, againstRelease } from './against.ts';
import { betweenRegions } from './between.ts';
import { tellConflicts } from './conflict.ts';
import { ownFindings } from './findings.ts';
import { type Authors, askAuthors, authorKey, type Histories, judgeHistories } from './history.ts';
import { createRegionKeys } from './keys.ts';
import { type Look, lookAgain, lookAt } from './look.ts';
import { createMarker } from './mark.ts';
import { tellMove } from './moved.ts';
import { seekElsewhere } from './named.ts';
import { largeFindings } from './part-findings.ts';
import { report } from './report.ts';
import type { Finding, FindingKind, VerifyOptions, VerifyReport } from './types.ts';

/** What a write that is under way, or a stale listing, can look like. */
const MAY_PASS: readonly FindingKind[] = [
  'replayed',
  'replaced',
  'removed',
  'part_replaced',
  'release_incomplete',
  'large_incomplete',
  'data_key_put_back',
  'differs',
  'lacking',
];

/** Bytes of the key of the marks that values are told apart by. */
const MARK_KEY_BYTES = 32;

/**
 * Regions are listed one after the other, and what was judged is not kept.
 * @throws WaxsealError `cancelled`; home's failure, when no region answered at all. What is wrong is in the report
 */
export async function verifyVault(scope: VaultScope, options: VerifyOptions = {}): Promise<VerifyReport> {
  const { signal: caller, history = false, kmsKeys = [] } = options;
  checkCancelled(caller);
  const startedAt = scope.now();
  const markKey = Uint8Array.from(scope.randomBytes(MARK_KEY_BYTES));
  const benches = scope.regions.map((region) => {
    const keys = createRegionKeys(scope, region, caller);
    return { scope, region, keys, mark: createMarker(markKey), kmsKeys, caller };
  });
  const steps = counter(options);
  const answers = new Map<Region, Look | WaxsealError>();
  let exists = false;
  try {
    for (const bench of benches) {
      const found = (): void => {
        exists = true;
      };
      answers.set(bench.region, await lookAt(bench, found, steps));
    }
    const looks = [...answers.values()].filter((answer): answer is Look => !(answer instanceof Error));
    if (looks.length === 0) throw failureOf(scope, answers);
    await seek(looks);
    let findings = findingsOf(looks);
    if (findings.some(mayPass)) {
      const names = suspects(scope, findings);
      await Promise.all(looks.map((look) => lookAgain(look, names)));
      checkCancelled(caller);
      await seek(looks);
      findings = findingsOf(looks);
    }
    findings = tellMove(looks, await tellConflicts(looks, findings));
    const authors: Authors = new Map();
    let histories: Histories = { findings: [], versions: 0 };
    const home = looks.find(({ bench }) => bench.region === scope.home);
    if (history && home !== undefined) {
      steps.more(home.secrets.size + 1);
      histories = await judgeHistories(home, authors, steps.done);
    }
    const all = withoutRepeats([...silent(answers), ...findings, ...histories.findings]);
    if (history) await askAuthors(looks, all, authors);
    const told = all.map((one) => withAuthor(one, authors));
    return report({ scope, startedAt, exists, history, answers, findings: told, histories, authors });
  } finally {
    markKey.fill(0);
    for (const { keys } of benches) keys.close();
  }
}

/** What a release names and its region does not keep is looked for in the others. */
async function seek(looks: readonly Look[]): Promise<void> {
  for (const look of looks) {
    const others = looks.filter((other) => other !== look).map(({ bench }) => bench);
    look.named = await seekElsewhere(look.named, others);
  }
}

function findingsOf(looks: readonly Look[]): readonly Finding[] {
  const each = looks.flatMap((look) => [
    ...ownFindings(look),
    ...largeFindings(look),
    ...againstRelease(look),
    ...againstRecord(look, looks),
  ]);
  return [...each, ...betweenRegions(looks)];
}

function mayPass({ kind }: Finding): boolean {
  return MAY_PASS.includes(kind);
}

/** The names of secrets that are worth a second look. */
function suspects(scope: VaultScope, findings: readonly Finding[]): readonly string[] {
  const names = findings
    .filter(mayPass)
    .map(
      ({ parameter = '' }) =>
        secretName(scope.path, parameter) ?? parsePartName(scope.path, parameter)?.secret,
    );
  return [...new Set(names)].filter((name) => name !== undefined);
}

/** The same write may be found wrong by what is listed and by its history. */
function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
  const known = new Map<string, Finding>();
  for (const one of findings) {
    const key = [one.region, one.parameter, one.kind, one.version].join(' ');
    if (!known.has(key)) known.set(key, one);
  }
  return [...known.values()];
}

function withAuthor(one: Finding, authors: Authors): Finding {
  const { region, parameter = '', version = 0 } = one;
  return { ...one, modifiedBy: one.modifiedBy ?? authors.get(authorKey(region, parameter, version)) };
}

function silent(answers: ReadonlyMap<Region, Look | WaxsealError>): readonly Finding[] {
  return [...answers].flatMap(([region, answer]): Finding[] =>
    answer instanceof Error
      ? [
          {
            gravity: 'unverified',
            kind: 'no_answer',
            region: region.name,
            message: `nothing of it was verified: ${answer.message}`,
            hint: answer.hint ?? 'verify again when it answers',
          },
        ]
      : [],
  );
}

function failureOf(scope: VaultScope, answers: ReadonlyMap<Region, Look | WaxsealError>): WaxsealError {
  const failure = answers.get(scope.home);
  return failure instanceof Error ? failure : new WaxsealError('unexpected', 'no region was asked');
}

/** Counts what is through. */
function counter({ onProgress }: VerifyOptions): { more: (count: number) => void; done: () => void } {
  let [through, total] = [0, 0];
  return {
    more(count) {
      total += count;
    },
    done() {
      through = Math.min(through + 1, total);
      onProgress?.({ done: through, total });
    },
  };
}
