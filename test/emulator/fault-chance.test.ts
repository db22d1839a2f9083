import { expect, test } from 'vitest';
import { code, failure, start, stoppedClock } from './support.ts';

const get = { Name: '/a' };

test('with a probability some calls are hit, and with a seed the same ones each time', async () => {
  const { emulator, ssm } = await start();
  const hits = async (probability: number, seed?: number): Promise<string> => {
    emulator.setFault({
      region: '*',
      kind: 'throttle',
      probability,
      ...(seed === undefined ? {} : { seed }),
    });
    const codes: string[] = [];
    for (let n = 0; n < 40; n += 1) codes.push(await code(ssm.getParameter(get)));
    return codes.map((one) => (one === 'ThrottlingException' ? 'x' : '.')).join('');
  };
  const some = await hits(0.5, 1);
  expect(some).toMatch(/^(?=.*x)(?=.*\.)/);
  expect(await hits(0.5, 1)).toBe(some);
  expect(await hits(0.5, 2)).not.toBe(some);
  expect(await hits(0, 1)).toBe('.'.repeat(40));
  expect(await hits(1, 1)).toBe('x'.repeat(40));
  expect(await hits(1)).toBe('x'.repeat(40));
});

test('times counts the calls that were hit, not those that were spared', async () => {
  const { emulator, ssm } = await start();
  const fault = { region: '*', kind: 'throttle', probability: 0.5, seed: 1 } as const;
  emulator.setFault({ ...fault, times: 3 });
  const codes: string[] = [];
  while (emulator.faults.length > 0) codes.push(await code(ssm.getParameter(get)));
  expect(codes.filter((one) => one === 'ThrottlingException')).toHaveLength(3);
  expect(codes.length).toBeGreaterThan(3);
  // The sequence goes on from hit to hit; it does not begin again.
  emulator.setFault(fault);
  for (const one of codes) expect(await code(ssm.getParameter(get))).toBe(one);
});

test('a fault ends by itself when its time on the clock is over', async () => {
  const clock = stoppedClock();
  const { emulator, ssm } = await start({ now: clock.now });
  emulator.setFault({ region: '*', kind: 'down', forMs: 1000 });
  expect(emulator.faults).toEqual([{ region: '*', kind: 'down', until: clock.now() + 1000 }]);
  emulator.advance(999);
  expect(await failure(ssm.getParameter(get))).toMatch(/socket hang up|ECONNRESET/);
  emulator.advance(1);
  expect(await code(ssm.getParameter(get))).toBe('ParameterNotFound');
  expect(emulator.faults).toEqual([]);
});
