/** A drill for a person: on a terminal, and as Markdown for an auditor. */
import { formatTable } from '../table.ts';
import { version } from '../version.ts';
import { allCarried, type Drill } from './drill-json.ts';
import { drillTables, type Table, verdict } from './drill-tables.ts';

/** Plain text. */
export function drillText({ vaults }: Drill): string {
  const blocks = vaults.flatMap((report) => [
    `${vaults.length > 1 ? `${report.vault}: ` : ''}${verdict(report)}\n`,
    ...drillTables(report).map(
      ({ title, header, rows }) =>
        `${title}\n${formatTable(
          header,
          rows.map((row) => row.map(clean)),
        )}`,
    ),
  ]);
  return blocks.join('\n');
}

/** A report that stands by itself. */
export function drillMarkdown(drill: Drill): string {
  const { startedAt, caller, aws, vaults } = drill;
  const facts = [
    ['Date', new Date(startedAt).toISOString()],
    ['Run by', caller ?? 'not asked'],
    ['AWS', aws],
    ['waxseal', version()],
    ['Vaults', vaults.map(({ vault }) => vault).join(', ')],
    ['Result', allCarried(drill) ? 'passed' : 'FAILED'],
  ];
  const parts = [
    '# Drill: losing a region',
    markdownTable({ title: '', header: ['', ''], rows: facts }),
    METHOD,
    ...vaults.flatMap((report) => [
      `## Vault ${cell(report.vault)}`,
      `${sentence(cell(verdict(report)))}.`,
      ...drillTables(report).flatMap((table) => [`### ${cell(table.title)}`, markdownTable(table)]),
    ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

const METHOD = [
  'Each region was cut off from the others on the side of the client; nothing in AWS was changed. First every replica was',
  'started from with home cut off, as an application starts: one read of the release from that region and its data key',
  'opened by the KMS of that region ("first load"). Then every entry of every region was compared by its digest, and each',
  'region, home too, was started from again with all others cut off ("alone": connections are open, so these times compare).',
  '',
  'Passed means that every replica carries: without any other region it loads exactly the secrets of the release that it is',
  '"compared with", which is home\'s, or the newest among the replicas where home does not load. A home that does not load is',
  'told, and fails nothing. "Takes writes" means that the data key record is there and opens.',
].join('\n');

function markdownTable({ header, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  const names = header.map((name) => sentence(name.toLowerCase()).replace(/^Kms/, 'KMS'));
  return [line(names), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** AWS had a hand in some messages: they must neither end a cell nor drive a terminal. */
function cell(text: string): string {
  return clean(text).replace(/[\\|<>`*_[\]]/g, (c) => `\\${c}`);
}

function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\u{FFFD}');
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
