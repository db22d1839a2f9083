/** The built command in a process of its own, which is killed at one of its calls. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSandbox, type Ended, type Running } from '../../e2e/support/sandbox.ts';
import { REGIONS } from './places-account.ts';
import type { Command, Site } from './places-command.ts';
import { PASSED, startProxy } from './places-proxy.ts';

/** When the process dies, as to one of its calls. */
export interface Kill {
  readonly is: string;
  readonly verdict: 'cut' | 'lost';
}

/** Before the call arrives; and when AWS has done it, before the answer. */
export const KILLS: readonly [Kill, Kill] = [
  { is: 'before', verdict: 'cut' },
  { is: 'after', verdict: 'lost' },
];

/** Runs a command line. @param place - the call at which it is killed */
export async function runKilled(
  command: Command,
  site: Site,
  verdict: Kill['verdict'],
  place: number,
): Promise<Ended> {
  const box = createSandbox(null);
  const proxy = await startProxy(site.account.endpoint);
  try {
    const backup = join(box.cwd, 'backup.waxseal');
    if (site.backup !== '') writeFileSync(backup, site.backup);
    const env = {
      WAXSEAL_VAULT: site.path,
      WAXSEAL_REGIONS: REGIONS.join(','),
      WAXSEAL_ENDPOINT: proxy.endpoint,
      WAXSEAL_KMS_KEY: site.account.kmsKey,
    };
    let running: Running | undefined;
    const first = (): Promise<unknown> => {
      running?.end();
      return running?.ended ?? Promise.resolve();
    };
    proxy.begin(({ number }) => (number === place ? { is: verdict, first } : PASSED));
    const input = command.input === undefined ? {} : { input: command.input };
    running = box.startWaxseal(command.line(site, backup), { env, ...input });
    const ended = await running.ended;
    // What it had sent before it died goes on its way.
    await proxy.settled();
    return ended;
  } finally {
    await proxy.close();
    await box.close();
  }
}
