/**
 * Every call of every command that writes is a place where it can go wrong. On the emulator over HTTP, in three
 * regions: whatever happens at one call, nothing acknowledged is lost, the status tells the truth, and the same command
 * run again, then a sync, leads to where it would have led.
 */
import { describe, it } from 'vitest';
import { rounds, seed, tried } from '../support/seed.ts';
import { checkAfterFault, checkInTheEnd, checkSync } from './support/places-check.ts';
import { COMMANDS } from './support/places-commands.ts';
import { FAULTS } from './support/places-faults.ts';
import { readHeld } from './support/places-held.ts';
import { choose, openPlaces } from './support/places-run.ts';

/** The most places of one command and fault; with TEST_DEEP=1 it is all of them. */
const MOST = rounds(1, Number.POSITIVE_INFINITY);

describe.each(COMMANDS.map((command) => [command.is, command] as const))('%s', (_, command) => {
  // An account of its own: one holds no more than 10,000 parameters.
  const places = openPlaces();

  const faults = Object.entries(FAULTS);
  const chosen = choose(faults.length, rounds(3, faults.length), command.is);
  it.each(chosen.flatMap((number) => faults.slice(number - 1, number)))(
    'stands it when a call %s',
    async (fault, ruleAt) => {
      const calls = await places.callsOf(command);
      const tries = choose(calls, MOST, `${fault} ${command.is}`);
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
