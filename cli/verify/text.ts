/** What verifying found, for a person. */
import type { Finding, FindingKind, Gravity, VerifyReport } from '../../src/vault/index.ts';

const TITLES: Readonly<Record<Gravity, string>> = {
  fault: 'NOT TO BE TRUSTED',
  unverified: 'NOT VERIFIED',
  drift: 'DIFFERENT BETWEEN REGIONS',
  note: 'WORTH KNOWING',
};

/** So many names are said of a group. */
const NAMES = 8;

/** So many findings of one kind are said one by one. */
const SINGLE = 10;

/** Where a message is about one parameter alone: what is said of many. */
const OF_MANY: Partial<Record<FindingKind, string>> = {
  history_cut:
    'older revisions, or some between, are not kept here: there is nothing to compare the parent of what is above them with',
};

/** Findings, the gravest first, and one line that adds up. @param named - begin that line with the vault */
export function verifyText(report: VerifyReport, named: boolean): string {
  const blocks = (Object.keys(TITLES) as Gravity[]).flatMap((gravity) => {
    const found = report.findings.filter((one) => one.gravity === gravity);
    if (found.length === 0) return [];
    const lines = gravity === 'fault' ? oneByOne(report, found) : grouped(report, found);
    return [`${TITLES[gravity]}\n${lines.join('')}`];
  });
  const where = named ? `${report.vault}: ` : '';
  return [...blocks, `${where}${summary(report)}\n`].join('\n');
}

/** Such as "1,000 entries, 3 regions, release 12, 2 data keys: all authentic". */
function summary(report: VerifyReport): string {
  const { secrets, deleted, regions, dataKeys, versions, findings } = report;
  const release = regions.find((one) => one.release !== undefined)?.release;
  const what = [
    number(secrets + deleted, 'entry', 'entries'),
    number(regions.length, 'region'),
    release === undefined ? 'no release' : `release ${release}`,
    number(dataKeys, 'data key'),
    ...(report.history ? [number(versions, 'kept version')] : []),
  ].join(', ');
  const count = (gravity: Gravity): number => findings.filter((one) => one.gravity === gravity).length;
  const silent = regions.filter(({ error }) => error !== undefined).map(({ region }) => region);
  const parts = [
    ...(report.authentic ? [] : [`${count('fault').toLocaleString('en-US')} NOT to be trusted`]),
    ...(silent.length > 0 ? [`no answer from ${silent.join(', ')}`] : []),
    ...(count('unverified') > silent.length ? [`${count('unverified') - silent.length} not verified`] : []),
    ...(report.equal ? [] : [`${count('drift')} not equal between regions`]),
  ];
  const past = findings.filter(({ kind }) => kind === 'former_key').length;
  if (past > 0) parts.push(`${number(past, 'version')} of the past could not be verified`);
  if (parts.length === 0) return `${what}: all authentic`;
  return `${what}: ${report.authentic ? 'what was verified is authentic, but ' : ''}${parts.join('; ')}`;
}

/** Each with all that is known of it; of very many of one kind the first ones and how many there are. */
function oneByOne(report: VerifyReport, findings: readonly Finding[]): readonly string[] {
  return [...groupBy(findings, ({ kind }) => kind)].flatMap(([kind, group]) => {
    const rest = group.length - SINGLE;
    const more = `  and ${rest.toLocaleString('en-US')} more  [${kind}]\n    --json has them all\n`;
    return [...group.slice(0, SINGLE).map((one) => singleText(report, one)), ...(rest > 0 ? [more] : [])];
  });
}

function groupBy(
  findings: readonly Finding[],
  keyOf: (one: Finding) => string,
): ReadonlyMap<string, readonly Finding[]> {
  const groups = new Map<string, readonly Finding[]>();
  for (const one of findings) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

function singleText(report: VerifyReport, one: Finding): string {
  const { version, modifiedAt, modifiedBy } = one;
  const written = [
    ...(version === undefined ? [] : [`version ${version}`]),
    ...(modifiedAt === undefined ? [] : [`written ${new Date(modifiedAt).toISOString()}`]),
    ...(modifiedBy === undefined ? [] : [`by ${clean(modifiedBy)}`]),
  ].join(', ');
  const hint = one.hint === undefined ? '' : `    ${clean(one.hint)}\n`;
  const head = `  ${one.region}  ${nameOf(report, one)}  [${one.kind}]${written === '' ? '' : `  ${written}`}\n`;
  return `${head}    ${clean(one.message)}\n${hint}`;
}

/** The same thing of many parameters is said once. */
function grouped(report: VerifyReport, findings: readonly Finding[]): readonly string[] {
  const groups = groupBy(findings, (one) =>
    [
      one.kind,
      one.gravity === 'note' ? (one.kmsKeyId ?? '') : one.region,
      one.gravity === 'unverified' ? one.message : '',
    ].join('\n'),
  );
  return [...groups.values()].map((group) => {
    const [first] = group;
    if (first === undefined) return '';
    // Each of them is another one, with another writer.
    if (first.kind === 'void') return oneByOne(report, group).join('');
    const names = [...new Set(group.map((one) => nameOf(report, one)))];
    const more = names.length > NAMES ? ` and ${(names.length - NAMES).toLocaleString('en-US')} more` : '';
    const where = first.gravity === 'note' ? '' : `  ${first.region}`;
    const which = first.parameter === undefined ? '' : `  ${names.slice(0, NAMES).join(', ')}${more}`;
    const said = ofGroup(group, names.length);
    const message = said === undefined ? '' : `    ${clean(said)}\n`;
    const hint = first.hint === undefined ? '' : `    ${clean(first.hint)}\n`;
    return `${where}${which}  [${first.kind}]\n${message}${hint}`;
  });
}

/** What a group is about: the message that all share, or what holds of each. */
function ofGroup(group: readonly Finding[], names: number): string | undefined {
  const [first] = group;
  if (first?.kind === 'former_key') {
    const some = group.length === 1 ? 'is' : 'are';
    return `${number(group.length, 'version')} of the past ${some} under ${first.kmsKeyId}, which is not accepted any more: ${group.length === 1 ? 'it' : 'they'} cannot be verified`;
  }
  if (names === 1 || first?.gravity === 'unverified') return first?.message;
  return first && OF_MANY[first.kind];
}

function nameOf({ vault }: VerifyReport, { parameter = '' }: Finding): string {
  return clean(parameter.startsWith(`${vault}/`) ? parameter.slice(vault.length + 1) : parameter);
}

function number(count: number, one: string, many: string = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** Whoever writes there had a hand in some messages: they must not drive the terminal. */
function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\u{FFFD}');
}
