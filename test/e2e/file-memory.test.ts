/** What `waxseal file` holds in memory, whatever the size of what it reads. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { rounds, tried } from '../support/seed.ts';
import { CLI, NODE, sandbox } from './support/sandbox.ts';

/** In bytes: above a node that does nothing. */
const MOST = 120_000_000;
const MIB = 1024 * 1024;

test('through pipes and to files: at most 120 MB more than a bare node, the embedded AWS in it', async () => {
  const box = sandbox();
  await box.waxseal(['list', '-q']);
  const hook = join(box.root, 'hook.mjs');
  writeFileSync(
    hook,
    `import { appendFileSync } from 'node:fs';
     const { RSS_FILE } = process.env;
     process.on('exit', () => appendFileSync(RSS_FILE, process.resourceUsage().maxRSS + '\\n'));`,
  );
  const mib = rounds(192, 2048);
  const held = async (script: string): Promise<number> => {
    const rss = join(box.root, 'rss');
    writeFileSync(rss, '');
    const env = { NODE_OPTIONS: `--import=${pathToFileURL(hook).href}`, RSS_FILE: rss };
    const patience = 300_000;
    const ended = await box.start('bash', ['-c', `set -eo pipefail; ${script}`, NODE, CLI], { env, patience })
      .ended;
    expect(ended.status, ended.err).toBe(0);
    return Math.max(...readFileSync(rss, 'utf8').trim().split('\n').map(Number)) * 1024;
  };
  const bare = await held('"$0" -e 0');
  const scripts = [
    `head -c ${mib * MIB} /dev/zero | "$0" "$1" file encrypt > sealed`,
    '"$0" "$1" file decrypt < sealed | wc -c',
    '"$0" "$1" file decrypt -q sealed -o plain; rm sealed; "$0" "$1" file encrypt -q plain --in-place; rm plain',
  ];
  for (const script of scripts) {
    const more = (await held(script)) - bare;
    expect(more, script).toBeLessThan(MOST);
    tried(`${mib} MiB: ${script}`, Math.round(more / 1e6));
  }
}, 900_000);
