/** What the heap of a process holds of a data key, or of a value that it sealed, once it is done with them. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { connect } from '../../src/aws/index.ts';
import { resolveSettings } from '../../src/config/settings.ts';
import { encryptionContext, parseDataKeyRecord } from '../../src/envelope/index.ts';
import { present } from '../emulator/support.ts';
import { deep } from '../support/seed.ts';
import { findIn } from './support/forms.ts';
import { CLI, NODE, ROOT, type Sandbox, type StartOptions, sandbox } from './support/sandbox.ts';

const HOOK = pathToFileURL(join(import.meta.dirname, 'support', 'heap-hook.mjs')).href;
const LIBRARY = pathToFileURL(join(ROOT, 'dist', 'start', 'index.js')).href;
const VAULT = '/acme/dev';

/** All strings that a process still holds at its end; they carry no bytes of buffers. */
async function heldBy(
  box: Sandbox,
  args: readonly string[],
  { env, ...options }: StartOptions = {},
): Promise<string> {
  const snapshot = join(box.root, 'held.heapsnapshot');
  const marker = `marker ${randomBytes(8).toString('hex')}`;
  const { status, err } = await box.start(NODE, ['--expose-gc', '--import', HOOK, ...args], {
    ...options,
    env: { HEAP_SNAPSHOT: snapshot, HEAP_MARKER: marker, WAXSEAL_CACHE: '0', ...env },
  }).ended;
  expect(status, err).toBe(0);
  const { strings } = JSON.parse(readFileSync(snapshot, 'utf8')) as { readonly strings: readonly string[] };
  const held = strings.join('\n');
  expect(held).toContain(marker);
  return held;
}

/** The vault's data key in the clear, as KMS tells it to whoever may ask. */
async function dataKeyOf(box: Sandbox): Promise<Uint8Array> {
  const settings = await resolveSettings({ vault: VAULT, env: {}, cwd: box.cwd });
  const connection = await connect(settings);
  const [{ parameters, keys }] = connection.regions;
  const name = `${VAULT}/.waxseal/data-key`;
  const record = parseDataKeyRecord(present((await parameters.read([name])).get(name)).value, VAULT);
  const { plaintext } = await keys.unwrap(record.wrappedKey, encryptionContext(VAULT, record.id));
  await connection.close();
  return plaintext;
}

test('a process that was started from a release holds no data key in its heap', async () => {
  const box = sandbox();
  // KMS is another process, as it is in an account: the embedded one holds every key.
  const local = box.startWaxseal(['local']);
  await local.until('it serves', (out) => out.includes('http://'));
  const value = randomBytes(24).toString('base64url');
  expect(await box.waxseal(['set', 'A', '--exact'], { input: value })).toMatchObject({ status: 0 });
  const secrets = { 'data key': await dataKeyOf(box), value };
  const script = `import { loadSecrets } from '${LIBRARY}'; globalThis.secrets = await loadSecrets();`;
  const held = await heldBy(box, ['--input-type=module', '-e', script]);
  // What the application keeps is found, as it must be; the data key is not.
  expect(findIn(held, secrets)).toEqual(['value']);
  local.kill('SIGTERM');
  await local.ended;
});

test.runIf(deep)(
  'a process that sealed a value from stdin, or from a file, holds neither it nor the data key',
  async () => {
    const box = sandbox();
    const local = box.startWaxseal(['local']);
    await local.until('it serves', (out) => out.includes('http://'));
    const [piped, filed] = [randomBytes(24).toString('base64url'), randomBytes(24).toString('base64url')];
    writeFileSync(join(box.cwd, 'value.txt'), filed);
    const [pipe, file] = [
      await heldBy(box, [CLI, 'set', 'PIPED', '--exact'], { input: piped }),
      await heldBy(box, [CLI, 'set', 'FILED', '--file', 'value.txt']),
    ];
    const secrets = { 'data key': await dataKeyOf(box), piped, filed };
    expect(findIn(pipe, secrets)).toEqual([]);
    expect(findIn(file, secrets)).toEqual([]);
    local.kill('SIGTERM');
    await local.ended;
  },
);
