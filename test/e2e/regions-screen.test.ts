/** The regions as a person meets them in the terminal app: one falls behind, is seen, and is brought up to date. */
import { expect, test } from 'vitest';
import { deep } from '../support/seed.ts';
import { startLocal } from './support/aws.ts';
import { sandbox } from './support/sandbox.ts';
import { KEY, openTerminal } from './support/terminal.ts';

const REPLICA = 'eu-west-1';

test.runIf(deep)('a replica that was cut off is seen, comes back behind, and is synced', async () => {
  const box = sandbox();
  const local = await startLocal(box);
  const value = 'Zq~planted~in~the~vault~Qz';
  const both = 'KEPT=before\nCHANGED=before\n';
  expect((await box.waxseal(['import', '-', '--format', 'dotenv', '-q'], { input: both })).status).toBe(0);
  const terminal = openTerminal(box, { columns: 80, rows: 24 });
  await terminal.until('both are listed', (screen) => screen.includes('1 of 2'));

  await box.waxseal(['local', 'fault', REPLICA, 'down']);
  expect((await box.waxseal(['set', 'CHANGED', '-q'], { input: value })).status).toBe(0);
  terminal.press('s');
  await terminal.until('the region is told of', (screen) => /eu-west-1 +✗ unreachable/.test(screen));
  expect(terminal.screen()).toContain('no answer from eu-west-1');
  terminal.press('a');
  await terminal.until('each copy is', (screen) => /CHANGED +2 +✓ equal +\? unreachable/.test(screen));
  terminal.press('a');

  await box.waxseal(['local', 'fault', REPLICA, 'up']);
  terminal.press('r');
  await terminal.until('it is behind', (screen) => /❯ CHANGED +2 +✓ equal +↓ behind 1/.test(screen));
  expect(terminal.screen()).not.toContain('KEPT');
  terminal.press(KEY.escape);
  await terminal.until('the list says so', (screen) =>
    screen.includes('1 secret differs between regions · s shows where'),
  );
  terminal.press('s');
  await terminal.until('the regions are back', (screen) => screen.includes('↓ behind 1'));
  terminal.press('y');
  await terminal.until('the plan', (screen) => /CHANGED +2 +us-east-1 → eu-west-1 +older there/.test(screen));
  terminal.press(KEY.enter);
  await terminal.until('the question', (screen) => screen.includes('do it? y/N'));
  terminal.press('y');
  await terminal.until('it is done', (screen) => /CHANGED +2 .* brought up to date/.test(screen));
  terminal.press(KEY.escape);
  await terminal.until('all are equal', (screen) => screen.includes('2 secrets, 2 regions: all equal'));
  terminal.press(KEY.ctrlC);
  expect(await terminal.ended()).toBe(0);
  expect(terminal.onAlternateScreen()).toBe(false);
  expect(terminal.normalScreen().trim()).toBe('');
  expect(terminal.raw()).not.toContain(value);

  expect((await box.waxseal(['get', 'CHANGED', '--region', REPLICA])).out).toBe(value);
  await local.stop();
});
