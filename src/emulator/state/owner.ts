import { randomBytes } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmulatorError } from '../errors.ts';
import { broken, fileNames, ifThere } from './folder.ts';
import { type Holder, judge, processStart, readHolder } from './holder.ts';

/*
 * One owner at a time, without locks that the system would have to keep. owner.json names the owner; it is
 * only ever replaced by rename. Whoever finds its holding G gone has to make `takeover-G` first, which one
 * process alone can, then look again whether owner.json still is G's: if so it writes itself into owner.json
 * and removes the takeover file, else it backs off. The takeover file names a holding too, so a taker that
 * died half-way is taken over in the same way, and the chain of both is looked at again. Generations are
 * random and never come back; `none` stands for the folder that has had no owner.
 */
const none = 'none';
const patienceMs = 8000;
const pauseMs = 50;

export interface Ownership {
  /** Tells others where the folder is served. */
  announce(endpoint: string): Promise<void>;
  /** Marks the folder as free. */
  release(): Promise<void>;
}

export type Claim =
  | { readonly ownership: Ownership }
  | { readonly ownership: undefined; readonly endpoint: string; readonly regions: readonly string[] };

/**
 * Becomes the folder's owner, or finds the living one.
 * @throws EmulatorError emulator_state_busy where an owner lives but does not answer, emulator_state_broken
 */
export async function claim(dir: string, instance: string): Promise<Claim> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const owner = await readOwner(dir);
    const verdict = owner === undefined ? 'gone' : await judge(owner);
    if (typeof verdict === 'object' && owner?.endpoint)
      return { ownership: undefined, endpoint: owner.endpoint, regions: verdict.regions };
    if (verdict === 'gone') {
      const me = newHolder(instance);
      if (await takeOver(dir, owner?.generation ?? none, me)) return { ownership: owned(dir, me) };
    }
    if (performance.now() > until) throw busy(dir, owner);
    await delay(pauseMs);
  }
}

function busy(dir: string, owner: Holder | undefined): EmulatorError {
  const who = owner === undefined ? 'another process' : `process ${owner.pid}`;
  return new EmulatorError(
    'emulator_state_busy',
    `${who} holds ${dir} and does not answer`,
    'wait until it has started, or end that process',
  );
}

function newHolder(instance: string): Holder {
  const generation = randomBytes(16).toString('hex');
  const { pid } = process;
  const start = processStart(pid);
  const at = { processStart: start, startedAt: Date.now() };
  return { version: 1, generation, pid, ...at, instance, endpoint: null, closed: false };
}

async function readOwner(dir: string): Promise<Holder | undefined> {
  const path = join(dir, fileNames.owner);
  const text = await ifThere(readFile(path, 'utf8'));
  if (text === undefined) return undefined;
  const holder = readHolder(path, text);
  if (holder === undefined) throw broken(path, 'names no owner; if no emulator is running it can be deleted');
  return holder;
}

const takeoverName = (generation: string): string => `takeover-${generation}`;

async function readTaker(dir: string, generation: string): Promise<Holder | undefined> {
  const path = join(dir, takeoverName(generation));
  const text = await ifThere(readFile(path, 'utf8'));
  if (text === undefined) return undefined;
  const holder = readHolder(path, text);
  if (holder === undefined)
    throw broken(path, 'names no process; if no emulator is running it can be deleted');
  return holder;
}

async function takeOver(dir: string, owner: string, me: Holder): Promise<boolean> {
  const chain = [owner];
  let last = owner;
  while (!(await makeTakeover(dir, last, me))) {
    const taker = await readTaker(dir, last);
    if (taker === undefined || (await judge(taker)) !== 'gone') return false;
    last = taker.generation;
    chain.push(last);
  }
  if (!(await stillStands(dir, chain))) {
    await rm(join(dir, takeoverName(last)), { force: true });
    return false;
  }
  try {
    await writeOwner(dir, me);
  } catch (error) {
    // Not the owner after all: left there, the file would keep others waiting for as long as this process lives.
    await rm(join(dir, takeoverName(last)), { force: true });
    throw error;
  }
  await removeTakeovers(dir, me.generation);
  return true;
}

/** Whether the files that led here are what they were: else somebody was faster. */
async function stillStands(dir: string, chain: readonly string[]): Promise<boolean> {
  const owner = await readOwner(dir);
  if ((owner?.generation ?? none) !== chain[0]) return false;
  for (const [index, generation] of chain.slice(0, -1).entries()) {
    const taker = await readTaker(dir, generation);
    if (taker?.generation !== chain[index + 1]) return false;
  }
  return true;
}

/** False where the file is there already. It appears with its content complete. */
async function makeTakeover(dir: string, generation: string, me: Holder): Promise<boolean> {
  const temporary = await writeTemporary(dir, me);
  try {
    await link(temporary, join(dir, takeoverName(generation)));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

// Takeovers of other generations than the owner's own have no meaning any more: whoever made them will look
// at owner.json and back off.
async function removeTakeovers(dir: string, own: string): Promise<void> {
  for (const name of await readdir(dir))
    if (name.startsWith(takeoverName('')) && name !== takeoverName(own))
      await rm(join(dir, name), { force: true });
}

async function writeOwner(dir: string, holder: Holder): Promise<void> {
  await rename(await writeTemporary(dir, holder), join(dir, fileNames.owner));
}

async function writeTemporary(dir: string, holder: Holder): Promise<string> {
  const path = join(dir, `.owner-${randomBytes(6).toString('hex')}`);
  try {
    await writeFile(path, JSON.stringify(holder), { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return path;
}

function owned(dir: string, me: Holder): Ownership {
  const rewrite = async (change: Partial<Holder>): Promise<boolean> => {
    const owner = await readOwner(dir);
    if (owner?.generation !== me.generation) return false;
    await writeOwner(dir, { ...owner, ...change });
    return true;
  };
  return {
    announce: async (endpoint) => {
      if (!(await rewrite({ endpoint }))) throw busy(dir, await readOwner(dir));
    },
    release: async () => {
      // Where the disk is full the mark is missing, and the next one finds the holder gone all the same.
      await rewrite({ closed: true }).catch(() => {});
    },
  };
}
