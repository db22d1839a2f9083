import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { remoteClock, startEmulator } from '../../src/emulator/index.ts';
import { jsonHeaders, send } from './http.ts';
import { code, day, folder, present, start, stoppedClock } from './support.ts';

const begin = stoppedClock().now();

test('a key that is to be deleted in 7 days is there the moment before, and gone then', async () => {
  const { emulator, kms } = await start({ now: stoppedClock().now });
  const KeyId = present((await kms.createKey({})).KeyMetadata?.KeyId);
  const { DeletionDate } = await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
  expect(DeletionDate).toEqual(new Date(begin + 7 * day));
  emulator.advance(7 * day - 1);
  expect((await kms.describeKey({ KeyId })).KeyMetadata?.KeyState).toBe('PendingDeletion');
  emulator.advance(1);
  expect(await code(kms.describeKey({ KeyId }))).toBe('NotFoundException');
});

test('a key rotates once for each period that has passed, and what was sealed before still opens', async () => {
  const { emulator, kms } = await start({ now: stoppedClock().now });
  const KeyId = present((await kms.createKey({})).KeyMetadata?.KeyId);
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from('x') });
  await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 });
  emulator.advance(271 * day);
  const { Rotations } = await kms.listKeyRotations({ KeyId });
  expect(Rotations?.map(({ RotationDate }) => RotationDate)).toEqual(
    [90, 180, 270].map((count) => new Date(begin + count * day)),
  );
  expect(Buffer.from(present((await kms.decrypt({ CiphertextBlob })).Plaintext)).toString()).toBe('x');
});

test('a replica is Creating until the clock goes on', async () => {
  const { emulator, kms, at } = await start({ now: stoppedClock().now });
  const KeyId = present((await kms.createKey({ MultiRegion: true })).KeyMetadata?.KeyId);
  await kms.replicateKey({ KeyId, ReplicaRegion: 'eu-west-1' });
  const state = async () => (await at('eu-west-1').kms.describeKey({ KeyId })).KeyMetadata?.KeyState;
  expect(await state()).toBe('Creating');
  emulator.advance(60_000);
  expect(await state()).toBe('Enabled');
});

test('dates and calls carry the time that it is there', async () => {
  const { emulator, ssm } = await start({ now: stoppedClock().now });
  emulator.advance(30 * day);
  emulator.advance(1);
  expect(emulator.clock).toEqual({ now: begin + 30 * day + 1, aheadMs: 30 * day + 1 });
  await ssm.putParameter({ Name: '/a', Value: 'x', Type: 'String' });
  const { Parameter } = await ssm.getParameter({ Name: '/a' });
  expect(Parameter?.LastModifiedDate).toEqual(new Date(begin + 30 * day + 1));
  expect(emulator.calls.map(({ at }) => at)).toEqual([begin + 30 * day + 1, begin + 30 * day + 1]);
});

test('an advanced clock goes on with the one below it', async () => {
  const clock = stoppedClock();
  const { emulator } = await start({ now: clock.now });
  emulator.advance(1000);
  clock.advance(5);
  expect(emulator.clock).toEqual({ now: begin + 1005, aheadMs: 1000 });
});

test('it is moved from another process, and only forward, by whole milliseconds, not for ever', async () => {
  const { emulator } = await start({ now: stoppedClock().now });
  const remote = remoteClock(emulator.endpoint);
  await remote.advance(day);
  expect(await remote.read()).toEqual({ now: begin + day, aheadMs: day });
  for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 101 * 366 * day, '5' as never]) {
    expect(() => emulator.advance(bad)).toThrow(/whole milliseconds, forward/);
    await expect(remote.advance(bad)).rejects.toMatchObject({ code: 'emulator_option_invalid' });
    const raw = await send(
      emulator.endpoint,
      '/_waxseal/clock',
      { 'content-type': 'application/json' },
      JSON.stringify({ advanceMs: bad }),
    );
    expect(raw.status).toBe(400);
  }
  emulator.advance(100 * 365 * day - day);
  expect(() => emulator.advance(1)).toThrow();
  expect(emulator.clock.aheadMs).toBe(100 * 365 * day);
  await emulator.close();
  await expect(remote.read()).rejects.toMatchObject({ code: 'emulator_unreachable' });
});

test('a web page moves no clock and sets no quota', async () => {
  const { emulator } = await start({ now: stoppedClock().now });
  const json = { 'content-type': 'application/json' };
  for (const [path, body] of [
    ['clock', '{"advanceMs":1}'],
    ['quota', '"aws"'],
  ] as const) {
    const ask = (headers: Record<string, string>) =>
      send(emulator.endpoint, `/_waxseal/${path}`, headers, body);
    expect((await ask({ ...json, origin: 'http://127.0.0.1:8080' })).status).toBe(403);
    // A form can send this type to anywhere without being asked.
    expect((await ask({ 'content-type': 'text/plain' })).status).toBe(415);
    expect((await ask({ ...json, host: 'rebound.example' })).status).toBe(403);
  }
  expect([emulator.clock.aheadMs, emulator.quota]).toEqual([0, []]);
  const foreign = await send(emulator.endpoint, '/', jsonHeaders('AmazonSSM.GetParameter'), '{"Name":"/a"}');
  expect(foreign.status).toBe(400);
});

test('the clock of a state folder does not fall back: what time has deleted stays deleted', async () => {
  const stateDir = await folder();
  const first = await start({ stateDir, now: stoppedClock().now });
  const KeyId = present((await first.kms.createKey({})).KeyMetadata?.KeyId);
  await first.kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 30 });
  first.emulator.advance(31 * day);
  // Nothing was asked since: the next process has to find out by itself.
  await first.emulator.close();
  const second = await start({ stateDir, now: stoppedClock().now });
  expect(second.emulator.clock).toEqual({ now: begin + 31 * day, aheadMs: 31 * day });
  expect(await code(second.kms.describeKey({ KeyId }))).toBe('NotFoundException');
  await second.emulator.close();
  for (const text of ['"soon"', '-5', '{']) {
    await writeFile(join(stateDir, 'clock.json'), text, { mode: 0o600 });
    await expect(startEmulator({ stateDir })).rejects.toMatchObject({ code: 'emulator_state_broken' });
  }
});
