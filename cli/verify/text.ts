/** What verifying found, for a person. */
import type { Finding, Gravity, VerifyReport } from '../../src/vault/index.ts';

const TITLES: Readonly<Record<Gravity, string>> = {
  fault: 'NOT TO BE TRUSTED',
  unverified: 'NOT VERIFIED',
  drift: 'DIFFERENT BETWEEN REGIONS',
  note: 'WORTH KNOWING',
};

/** So many names are said of a group. */
const NAMES = 8;

/** Findings, the gravest first, and one line that adds up. @param named - begin that line with the vault */
export function verifyText(report: VerifyReport, named: boolean): string {
  const blocks = (Object.keys(TITLES) as Gravity[]).flatMap((gravity) => {
    const found = report.findings.filter((one) => one.gravity === gravity);
    if (found.length === 0) return [];
    const lines = gravity === 'fault' ? found.map((one) => faultText(report, one)) : grouped(report, found);
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
  if (parts.length === 0) return `${what}: all authentic`;
  return `${what}: ${report.authentic ? 'what was verified is authentic, but ' : ''}${parts.join('; ')}`;
}

function faultText(report: VerifyReport, one: Finding): string {
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
  const groups = new Map<string, readonly Finding[]>();
  for (const one of findings) {
    const key = [
      one.kind,
      one.gravity === 'note' ? '' : one.region,
      one.gravity === 'unverified' ? one.message : '',
    ].join('\n');
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => {
    const [first] = group;
    if (first === undefined) return '';
    const names = [...new Set(group.map((one) => nameOf(report, one)))];
    const more = names.length > NAMES ? ` and ${(names.length - NAMES).toLocaleString('en-US')} more` : '';
    const where = first.gravity === 'note' ? '' : `  ${first.region}`;
    const which = first.parameter === undefined ? '' : `  ${names.slice(0, NAMES).join(', ')}${more}`;
    const message =
      names.length === 1 || first.gravity === 'unverified' ? `    ${clean(first.message)}\n` : '';
    const hint = first.hint === undefined ? '' : `    ${clean(first.hint)}\n`;
    return `${where}${which}  [${first.kind}]\n${message}${hint}`;
  });
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
