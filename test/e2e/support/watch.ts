/** Waiting for what a process says. */

/** Conditions on what a process said, looked at whenever it said more. */
export interface Watch {
  /** To be called when it said more. */
  said(): void;
  /** To be called when it will say nothing more. */
  over(): void;
  /** Waits until `found` holds; fails when the process ends first, or when it takes longer than it ever should. */
  until(what: string, found: () => boolean): Promise<void>;
}

/** @param told - what it said so far, for the error; @param patience - in ms */
export function createWatch(told: () => string, patience: number): Watch {
  const watchers = new Set<() => void>();
  let isOver = false;
  const said = (): void => {
    for (const watch of watchers) watch();
  };
  return {
    said,
    over() {
      isOver = true;
      said();
    },
    until: (what, found) =>
      new Promise((resolve, reject) => {
        const stop = (): void => {
          clearTimeout(timer);
          watchers.delete(look);
        };
        const fail = (why: string): void => {
          stop();
          reject(new Error(`${what}: ${why}; it said\n${told()}`));
        };
        const look = (): void => {
          if (found()) {
            stop();
            resolve();
          } else if (isOver) fail('it ended first');
        };
        const timer = setTimeout(() => fail('it did not happen in time'), patience);
        watchers.add(look);
        look();
      }),
  };
}
