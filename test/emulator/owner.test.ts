import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectEmulator } from '../../src/emulator/index.ts';
import { deep } from '../support/seed.ts';
import { kill, open } from './processes.ts';
import { clients, folder, present } from './support.ts';

test('of processes that open a folder at once exactly one serves it', async () => {
  const stateDir = await folder();
  const opened = await Promise.all(Array.from({ length: 4 }, () => open(stateDir)));
  expect(opened.filter(({ owner }) => owner)).toHaveLength(1);
  expect(new Set(opened.map(({ endpoint }) => endpoint)).size).toBe(1);
});

test('a killed owner loses nothing that it acknowledged, and is taken over once', async () => {
  const stateDir = await folder();
  const first = await open(stateDir);
  expect(first.owner).toBe(true);
  const { ssm } = clients(first.endpoint);
  let acknowledged = 0;
  let written = true;
  const writing = (async () => {
    while (written) {
      try {
        await ssm.putParameter({
          Name: '/n',
          Value: String(acknowledged + 1),
          Type: 'String',
          Overwrite: true,
        });
        acknowledged += 1;
      } catch {
        written = false;
      }
    }
  })();
  await expect.poll(() => acknowledged).toBeGreaterThan(50);
  await kill(first.child);
  await writing;

  const opened = await Promise.all([open(stateDir), open(stateDir), open(stateDir)]);
  expect(opened.filter(({ owner }) => owner)).toHaveLength(1);
  const { Parameter } = await clients(present(opened[0]).endpoint).ssm.getParameter({ Name: '/n' });
  // The write under way when the process died may have been made or not.
  expect([acknowledged, acknowledged + 1]).toContain(Parameter?.Version);
  expect(Parameter?.Value).toBe(String(Parameter?.Version));
});

test('after a clean end the next one owns the folder at once', async () => {
  const stateDir = await folder();
  const first = await open(stateDir);
  const gone = once(first.child, 'exit');
  first.child.stdin?.end();
  expect((await gone)[0]).toBe(0);
  expect(JSON.parse(await readFile(join(stateDir, 'owner.json'), 'utf8'))).toMatchObject({ closed: true });
  const second = await connectEmulator({ stateDir });
  expect(second.owner).toBe(true);
  await second.close();
});

test('a taker that died half-way is taken over too', async () => {
  const stateDir = await folder();
  const first = await open(stateDir);
  await kill(first.child);
  const owner = JSON.parse(await readFile(join(stateDir, 'owner.json'), 'utf8')) as {
    readonly generation: string;
  };
  // Two dead takers, one of the owner and one of the first taker.
  const taker = { ...owner, endpoint: null, generation: 'aa' };
  await writeFile(join(stateDir, `takeover-${owner.generation}`), JSON.stringify(taker), { mode: 0o600 });
  await writeFile(join(stateDir, 'takeover-aa'), JSON.stringify({ ...taker, generation: 'bb' }), {
    mode: 0o600,
  });
  const opened = await Promise.all([open(stateDir), open(stateDir), open(stateDir)]);
  expect(opened.filter(({ owner: owns }) => owns)).toHaveLength(1);
  expect((await readdir(stateDir)).filter((name) => name.startsWith('takeover-'))).toEqual([]);
});

test.runIf(deep)('a stopped owner is alive: nobody takes its folder', { timeout: 40_000 }, async () => {
  const stateDir = await folder();
  const first = await open(stateDir);
  first.child.kill('SIGSTOP');
  await expect(connectEmulator({ stateDir })).rejects.toMatchObject({ code: 'emulator_state_busy' });
  first.child.kill('SIGCONT');
  expect(await connectEmulator({ stateDir })).toMatchObject({ owner: false, endpoint: first.endpoint });
});
