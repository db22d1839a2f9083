/** The tests of some commands: each of their calls, with each fault. */
import { describe, it } from 'vitest';
import { rounds, seed, tried } from '../../support/seed.ts';
import { checkAfterFault, checkInTheEnd, checkSync } from './places-check.ts';
import type { Command } from './places-command.ts';
import { FAULTS } from './places-faults.ts';
import { readHeld } from './places-held.ts';
import { choose, openPlaces } from './places-run.ts';

/** The most places of one command and fault; with TEST_DEEP=1 most commands have fewer, and the others take turns by seed. */
const MOST = 20;

/** Declares them. With TEST_DEEP=1 they take minutes, so each file has some of the commands: files run side by side. */
export function testPlaces(commands: readonly Command[], mostPlaces: number = MOST): void {
  const most = rounds(1, mostPlaces);
  describe.each(commands.map((command) => [command.is, command] as const))('%s', (_, command) => {
    // An account of its own: one holds no more than 10,000 parameters.
    const places = openPlaces();

    const faults = Object.entries(FAULTS);
    const chosen = choose(faults.length, rounds(2, faults.length), command.is);
    it.each(chosen.flatMap((number) => faults.slice(number - 1, number)))(
      'stands it when a call %s',
      async (fault, ruleAt) => {
        const calls = await places.callsOf(command);
        const tries = choose(calls, most, `${fault} ${command.is}`);
        for (const place of tries) {
          const site = await places.newSite(command);
          await places.at(`call ${place} of ${calls} (TEST_SEED=${seed})`, async () => {
            const before = await readHeld(site.account.direct, site.path);
            const { said } = await places.run(command, site, ruleAt(place));
            await checkAfterFault(command, site, before, said);
            await checkSync(command, site, place % 2 === 0);
            await checkInTheEnd(command, site);
          });
        }
        tried(`${command.is}, places where a call ${fault}, of ${calls}`, tries.length);
      },
    );
  });
}
