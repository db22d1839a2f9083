/** What a file of one byte costs beside the one call to KMS that it needs, against the embedded AWS over HTTP. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encryptStream } from '../../src/file/index.ts';
import { openVault } from '../../src/open-vault.ts';

const ROUNDS = 300;
const folder = mkdtempSync(join(tmpdir(), 'waxseal-bench-'));
writeFileSync(
  join(folder, 'waxseal.json'),
  JSON.stringify({ aws: 'embedded', vaults: { '/acme/bench': { home: 'us-east-1' } } }),
);
const open = await openVault({ cwd: folder, env: {} });
const [home] = open.connection.regions;
const context = { 'waxseal:vault': '/acme/bench' };
const times = { call: [] as number[], seal: [] as number[] };
for (let round = 0; round < ROUNDS; round += 1) {
  let from = performance.now();
  await home.keys.generate(context);
  times.call.push(performance.now() - from);
  from = performance.now();
  for await (const _part of encryptStream([Uint8Array.of(1)], open));
  times.seal.push(performance.now() - from);
}
await open.close();
rmSync(folder, { recursive: true });
// The first calls make connections and load code.
const median = (all: readonly number[]): number =>
  all.slice(20).sort((a, b) => a - b)[(ROUNDS - 20) >> 1] ?? 0;
process.stdout.write(JSON.stringify({ call: median(times.call), seal: median(times.seal) }));
