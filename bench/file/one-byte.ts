/** What a file of one byte costs beside the one call to KMS that it needs, against the embedded AWS over HTTP. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encryptStream } from '../../src/file/index.ts';
import { openVault } from '../../src/open-vault.ts';
import { median } from '../page.ts';

/** As many of them come first and are not counted: they make connections and compile what runs. */
const WARM = 1000;
const COUNTED = 1000;
const folder = mkdtempSync(join(tmpdir(), 'waxseal-bench-'));
writeFileSync(
  join(folder, 'waxseal.json'),
  JSON.stringify({ aws: 'embedded', vaults: { '/acme/bench': { home: 'us-east-1' } } }),
);
const open = await openVault({ cwd: folder, env: {} });
const [home] = open.connection.regions;
/** The pairs that a file's data key is bound to: what the call carries is the same for both. */
const context = {
  'waxseal:vault': '/acme/bench',
  'waxseal:purpose': 'file',
  'waxseal:data-key': '9f86d081884c7d65',
  'waxseal:created': '1763788000',
};
const times = { call: [] as number[], seal: [] as number[] };
for (let round = 0; round < WARM + COUNTED; round += 1) {
  let from = performance.now();
  await home.keys.generate(context);
  times.call.push(performance.now() - from);
  from = performance.now();
  for await (const _part of encryptStream([Uint8Array.of(1)], open));
  times.seal.push(performance.now() - from);
}
await open.close();
rmSync(folder, { recursive: true });
const [call, seal] = [times.call, times.seal].map((all) => median(all.slice(WARM)));
process.stdout.write(JSON.stringify({ call, seal }));
