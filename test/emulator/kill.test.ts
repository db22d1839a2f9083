import { once } from 'node:events';
import { setTimeout as later } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { randomNumbers, rounds, seed, tried } from '../support/seed.ts';
import { type Caller, caller } from './load.ts';
import { kill, launch, open } from './processes.ts';
import { folder, present } from './support.ts';

/*
 * Each name has one writer, which waits for an answer before it writes again: so at any moment one write of a name is
 * under way at most, and its version is the one behind the last acknowledged. What a version holds follows from its
 * number, so that history can be judged without remembering it.
 */
const names = Array.from({ length: 8 }, (_, n) => `/kill/${n}`);
const secure = (name: string): boolean => Number(name.slice(-1)) % 2 === 1;
const heldBy = (name: string, version: number): string =>
  `${name} ${version} ${'x'.repeat((version * 379) % 3500)}`;

interface Version {
  readonly Version: number;
  readonly Value: string;
}

async function history(call: Caller, Name: string): Promise<Version[]> {
  const versions: Version[] = [];
  let NextToken: unknown;
  do {
    const more = NextToken === undefined ? {} : { NextToken };
    const { status, body } = await call('AmazonSSM.GetParameterHistory', {
      Name,
      WithDecryption: true,
      ...more,
    });
    if (status === 400 && body.__type === 'ParameterNotFound') return [];
    expect(status).toBe(200);
    versions.push(...(body.Parameters as Version[]));
    NextToken = body.NextToken;
  } while (NextToken !== undefined);
  return versions;
}

/** Every acknowledged version is there with its value, and nothing but the write that was under way besides. */
async function verify(call: Caller, acknowledged: Map<string, number>): Promise<void> {
  for (const name of names) {
    const versions = await history(call, name);
    const before = acknowledged.get(name) ?? 0;
    const latest = versions.at(-1)?.Version ?? 0;
    expect([before, before + 1], name).toContain(latest);
    const oldest = Math.max(1, latest - 99);
    expect(versions.map(({ Version }) => Version)).toEqual(
      Array.from({ length: latest - oldest + 1 }, (_, n) => (latest === 0 ? 0 : oldest + n)).filter(Boolean),
    );
    for (const { Version, Value } of versions)
      if (Value !== heldBy(name, Version)) throw new Error(`${name}:${Version} holds something else`);
    acknowledged.set(name, latest);
  }
}

/** Writes to all names at once until the server is gone. */
async function load(call: Caller, acknowledged: Map<string, number>, onAnswer: () => void): Promise<void> {
  const write = async (Name: string): Promise<void> => {
    for (;;) {
      const version = (acknowledged.get(Name) ?? 0) + 1;
      const Type = secure(Name) ? 'SecureString' : 'String';
      const input = { Name, Type, Value: heldBy(Name, version), Overwrite: true };
      const reply = await call('AmazonSSM.PutParameter', input).catch(() => undefined);
      if (reply === undefined) return;
      expect(reply).toMatchObject({ status: 200, body: { Version: version } });
      acknowledged.set(Name, version);
      onAnswer();
    }
  };
  await Promise.all(names.map(write));
}

test('killed at random moments, nothing acknowledged is lost and nothing is half there', async () => {
  const stateDir = await folder();
  const random = randomNumbers(seed);
  const acknowledged = new Map<string, number>();
  const count = rounds(5, 200);
  let [starts, writes] = [0, 0];
  for (let round = 0; round < count; round++) {
    if (round % 4 === 3) {
      // While it opens the folder: reading, folding the journal, or taking over from the one killed before.
      const starting = launch(stateDir);
      const gone = once(starting, 'exit');
      const killing = later(Math.floor(random() * 350)).then(() => starting.kill('SIGKILL'));
      await Promise.all([gone, killing]);
      starts += 1;
    }
    const { child, endpoint, owner } = await open(stateDir);
    expect(owner).toBe(true);
    const call = caller(endpoint);
    await verify(call, acknowledged);
    let left = 1 + Math.floor(random() * 150);
    const ended = load(call, acknowledged, () => {
      writes += 1;
      left -= 1;
      if (left === 0) child.kill('SIGKILL');
    });
    await Promise.all([once(child, 'exit'), ended]);
  }
  const { child, endpoint } = await open(stateDir);
  await verify(caller(endpoint), acknowledged);
  await kill(child);
  tried(`kills under load, besides ${starts} during a start; ${writes} writes acknowledged`, count);
  expect(present(acknowledged.get('/kill/0'))).toBeGreaterThan(0);
});
