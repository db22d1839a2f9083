import { chmod, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectEmulator, startEmulator } from '../../src/emulator/index.ts';
import { clients, code, folder, present, start, text } from './support.ts';

/** Puts something into a fresh folder and closes it. */
async function prepared(count = 3): Promise<string> {
  const stateDir = await folder();
  const emulator = await startEmulator({ stateDir });
  const { ssm } = clients(emulator.endpoint);
  for (let n = 0; n < count; n++) await ssm.putParameter({ Name: `/p${n}`, Value: `v${n}`, Type: 'String' });
  await emulator.close();
  return stateDir;
}

const refusal = (stateDir: string): Promise<unknown> =>
  startEmulator({ stateDir }).then(
    (emulator) => emulator.close(),
    (error: unknown) => error,
  );

test('everything is there again after a restart', async () => {
  const stateDir = await folder();
  const first = await startEmulator({ stateDir });
  const { kms, ssm } = clients(first.endpoint);
  const KeyId = present(
    (await kms.createKey({ MultiRegion: true, Tags: [{ TagKey: 'a', TagValue: 'b' }] })).KeyMetadata?.KeyId,
  );
  await kms.createAlias({ AliasName: 'alias/waxseal/a', TargetKeyId: KeyId });
  await kms.replicateKey({ KeyId, ReplicaRegion: 'eu-west-1' });
  const old = await kms.generateDataKey({ KeyId, KeySpec: 'AES_256' });
  await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 100 });
  await kms.rotateKeyOnDemand({ KeyId });
  await ssm.putParameter({ Name: '/s', Value: 'plain', Type: 'SecureString', KeyId: 'alias/waxseal/a' });
  await ssm.putParameter({ Name: '/s', Value: 'plain2', Overwrite: true });
  await ssm.putParameter({ Name: '/gone', Value: 'x', Type: 'String' });
  await ssm.deleteParameter({ Name: '/gone' });
  await ssm.labelParameterVersion({ Name: '/s', ParameterVersion: 1, Labels: ['l'] });
  const before = await kms.describeKey({ KeyId });
  await first.close();

  const { kms: kms2, ssm: ssm2, at } = await start({ stateDir });
  const KeyMetadata = (await kms2.describeKey({ KeyId: 'alias/waxseal/a' })).KeyMetadata;
  expect(KeyMetadata).toEqual(before.KeyMetadata);
  expect((await kms2.getKeyRotationStatus({ KeyId })).RotationPeriodInDays).toBe(100);
  const opened = await at('eu-west-1')
    .kms.decrypt({ CiphertextBlob: present(old.CiphertextBlob) })
    .catch(async (error: Error) => {
      // The replica may still be in its first moments.
      expect(error.name).toBe('KMSInvalidStateException');
      return kms2.decrypt({ CiphertextBlob: present(old.CiphertextBlob) });
    });
  expect(Buffer.from(present(opened.Plaintext))).toEqual(Buffer.from(present(old.Plaintext)));
  expect((await ssm2.getParameter({ Name: '/s:l', WithDecryption: true })).Parameter?.Value).toBe('plain');
  expect((await ssm2.getParameter({ Name: '/s', WithDecryption: true })).Parameter).toMatchObject({
    Value: 'plain2',
    Version: 2,
  });
  expect(await code(ssm2.getParameter({ Name: '/gone' }))).toBe('ParameterNotFound');
});

test('a large journal becomes a snapshot that holds the same', async () => {
  const stateDir = await folder();
  const Value = 'x'.repeat(8000);
  const write = async (from: number, to: number): Promise<void> => {
    const emulator = await startEmulator({ stateDir });
    const { ssm } = clients(emulator.endpoint);
    for (let n = from; n < to; n++)
      await ssm.putParameter({ Name: `/p/${n}`, Value: `${n} ${Value}`, Type: 'String', Tier: 'Advanced' });
    await emulator.close();
  };
  await write(0, 450);
  expect((await stat(join(stateDir, 'snapshot.log'))).size).toBeGreaterThan(450 * 8000);
  expect((await stat(join(stateDir, 'journal.log'))).size).toBeLessThan(100);
  await write(450, 460);
  const { ssm } = await start({ stateDir });
  for (const n of [0, 449, 450, 459])
    expect((await ssm.getParameter({ Name: `/p/${n}` })).Parameter?.Value).toBe(`${n} ${Value}`);
});

test('neither key material nor a secret nor a value is in the files in plain', async () => {
  const stateDir = await folder();
  const emulator = await startEmulator({ stateDir });
  const { kms, ssm } = clients(emulator.endpoint);
  const KeyId = present((await kms.createKey({})).KeyMetadata?.KeyId);
  const { Plaintext } = await kms.generateDataKey({ KeyId, KeySpec: 'AES_256' });
  await ssm.putParameter({ Name: '/s', Value: 'correct-horse', Type: 'SecureString', KeyId });
  await ssm.putParameter({ Name: '/t', Value: 'battery-staple', Type: 'String' });
  await emulator.close();
  const needles = ['correct-horse', 'battery-staple', Buffer.from(present(Plaintext)), '"bytes"'];
  for (const name of await readdir(stateDir)) {
    const path = join(stateDir, name);
    expect((await stat(path)).mode & 0o777, name).toBe(0o600);
    const bytes = await readFile(path);
    const decoded = Buffer.concat(
      bytes
        .toString('latin1')
        .split('\n')
        .map((line) => Buffer.from(line, 'base64')),
    );
    for (const needle of needles) {
      expect(bytes.includes(needle), name).toBe(false);
      expect(decoded.includes(needle), name).toBe(false);
    }
  }
  expect((await stat(stateDir)).mode & 0o777).toBe(0o700);
});

test('a torn last line is the write that was never acknowledged; all others stay', async () => {
  const stateDir = await prepared();
  const path = join(stateDir, 'journal.log');
  await truncate(path, (await stat(path)).size - 7);
  const { ssm } = await start({ stateDir });
  expect((await ssm.getParameters({ Names: ['/p0', '/p1', '/p2'] })).InvalidParameters).toEqual(['/p2']);
  expect(await ssm.putParameter({ Name: '/p2', Value: 'again', Type: 'String' })).toMatchObject({
    Version: 1,
  });
});

test('what is written after a torn line is found again', async () => {
  const stateDir = await prepared();
  const path = join(stateDir, 'journal.log');
  await writeFile(path, 'half a li', { flag: 'a' });
  const again = await startEmulator({ stateDir });
  await clients(again.endpoint).ssm.putParameter({ Name: '/p3', Value: 'x', Type: 'String' });
  await again.close();
  const { ssm } = await start({ stateDir });
  expect((await ssm.getParametersByPath({ Path: '/' })).Parameters).toHaveLength(4);
});

test.each<[string, (dir: string) => Promise<void>]>([
  [
    'a changed byte',
    async (dir) => {
      const path = join(dir, 'journal.log');
      const bytes = await readFile(path);
      const at = bytes.indexOf(0x0a) + 40;
      bytes[at] = bytes[at] === 0x41 ? 0x42 : 0x41;
      await writeFile(path, bytes);
    },
  ],
  [
    'a line taken out',
    async (dir) => {
      const path = join(dir, 'journal.log');
      const lines = (await readFile(path, 'latin1')).split('\n');
      await writeFile(path, [lines[0], ...lines.slice(2)].join('\n'));
    },
  ],
  [
    'lines that changed places',
    async (dir) => {
      const path = join(dir, 'journal.log');
      const [head, a, b, ...rest] = (await readFile(path, 'latin1')).split('\n');
      await writeFile(path, [head, b, a, ...rest].join('\n'));
    },
  ],
  ['no header', (dir) => writeFile(join(dir, 'journal.log'), 'x\n')],
  ['an empty journal', (dir) => writeFile(join(dir, 'journal.log'), '')],
  ['another key', (dir) => writeFile(join(dir, 'local.key'), Buffer.alloc(32))],
  ['a short key', (dir) => writeFile(join(dir, 'local.key'), 'x')],
])('broken state is refused and left as it is: %s', async (_, damage) => {
  const stateDir = await prepared();
  await damage(stateDir);
  const journal = await readFile(join(stateDir, 'journal.log'));
  expect(await refusal(stateDir)).toMatchObject({
    code: 'emulator_state_broken',
    hint: expect.stringContaining('backup'),
  });
  expect(await readFile(join(stateDir, 'journal.log'))).toEqual(journal);
});

test('state of a newer version is refused', async () => {
  const stateDir = await prepared();
  const path = join(stateDir, 'journal.log');
  await writeFile(path, (await readFile(path, 'latin1')).replace('"version":1', '"version":2'));
  expect(await refusal(stateDir)).toMatchObject({ code: 'emulator_state_newer' });
});

test('a folder or a file that others can write is refused', async () => {
  const stateDir = await prepared();
  await chmod(stateDir, 0o770);
  expect(await refusal(stateDir)).toMatchObject({ code: 'emulator_state_foreign_owner' });
  await chmod(stateDir, 0o700);
  await chmod(join(stateDir, 'owner.json'), 0o666);
  expect(await refusal(stateDir)).toMatchObject({ code: 'emulator_state_foreign_owner' });
  await chmod(join(stateDir, 'owner.json'), 0o600);
  expect(await refusal(stateDir)).toBeUndefined();
});

test('an owner.json that names an address elsewhere is not believed', async () => {
  const stateDir = await prepared();
  const path = join(stateDir, 'owner.json');
  const owner = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...owner, closed: false, endpoint: 'http://10.0.0.1:80' }));
  expect(await refusal(stateDir)).toMatchObject({ code: 'emulator_state_broken' });
});

test('without a folder nothing is written', async () => {
  const dir = await folder();
  await mkdir(dir);
  const { ssm } = await start();
  await ssm.putParameter({ Name: '/a', Value: 'x', Type: 'String' });
  expect(await readdir(dir)).toEqual([]);
});

test("in one process the second to open a folder gets the first one's endpoint", async () => {
  const stateDir = await folder();
  const [a, b] = await Promise.all([connectEmulator({ stateDir }), connectEmulator({ stateDir })]);
  expect([a.owner, b.owner].sort()).toEqual([false, true]);
  expect(a.endpoint).toBe(b.endpoint);
  await expect(startEmulator({ stateDir })).rejects.toMatchObject({ code: 'emulator_state_busy' });
  const guest = a.owner ? b : a;
  await guest.close();
  await clients(a.endpoint).ssm.putParameter({ Name: '/a', Value: 'x', Type: 'String' });
  await (a.owner ? a : b).close();
  const { ssm } = await start({ stateDir });
  expect(text(Buffer.from((await ssm.getParameter({ Name: '/a' })).Parameter?.Value ?? ''))).toBe('x');
});
