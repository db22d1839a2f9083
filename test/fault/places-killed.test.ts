/** As places.test.ts, but the command is a process, and the place is where somebody pulls the plug. */
import { expect, it } from 'vitest';
import { rounds, seed, tried } from '../support/seed.ts';
import { checkAfterFault, checkInTheEnd, checkSync } from './support/places-check.ts';
import { COMMANDS } from './support/places-commands.ts';
import { readHeld } from './support/places-held.ts';
import { KILLS, runKilled } from './support/places-kill.ts';
import { choose, openPlaces } from './support/places-run.ts';

/** The most deaths of one command; with TEST_DEEP=1 some have no more than that. */
const MOST = rounds(1, 25);
/** Processes at a time. */
const AT_ONCE = 2;

const places = openPlaces();

/** Some of the commands, others with each seed; with TEST_DEEP=1 all of them. */
const CHOSEN = choose(COMMANDS.length, rounds(4, COMMANDS.length), 'killed').flatMap(
  (number) => COMMANDS[number - 1] ?? [],
);

it.each(CHOSEN.map((command) => [command.is, command] as const))(
  '%s stands being killed',
  async (_, command) => {
    const calls = await places.callsOf(command);
    // Each call is two places: before it arrives, and after it is done.
    const left = [...choose(calls * KILLS.length, MOST, `killed ${command.is}`)];
    const killed = new Map<string, number>();
    const worker = async (): Promise<void> => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) {
        const [call, how] = [Math.ceil(one / KILLS.length), KILLS[one % KILLS.length] ?? KILLS[0]];
        const site = await places.newSite(command);
        await places.at(`${how.is} ${call} of ${calls} (TEST_SEED=${seed})`, async () => {
          const before = await readHeld(site.account.direct, site.path);
          const { status, signal, err } = await runKilled(command, site, how.verdict, call);
          // Calls that are made side by side may be fewer this time: then it got through.
          if (status === 0) expect(err).not.toContain('warning');
          else expect(signal, err).toBe('SIGKILL');
          if (signal === 'SIGKILL') killed.set(how.is, (killed.get(how.is) ?? 0) + 1);
          await checkAfterFault(command, site, before, status === 0 ? { published: { behind: [] } } : {});
          await checkSync(command, site, call % 2 === 0);
          await checkInTheEnd(command, site);
        });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    for (const { is } of KILLS) tried(`${command.is}, killed ${is} one of ${calls}`, killed.get(is) ?? 0);
  },
);
