/** Puts a backup into a vault as it was sealed. ./seal-anew.ts is the other way. */
import { type Entry, encodeEntry, parseEntry } from '../../envelope/index.ts';
import { WaxsealError } from '../../errors.ts';
import { parameterName } from '../../secret-name.ts';
import { digestOf } from '../ancestry.ts';
import { jitter } from '../backoff.ts';
import { claim, writeCopy } from '../claim.ts';
import { deadline } from '../deadline.ts';
import { keepParts } from '../large/write.ts';
import { patiently } from '../patience.ts';
import { releaseNames } from '../release/place.ts';
import type { VaultScope } from '../scope.ts';
import { checkTextFits, withWidestSlot } from '../size.ts';
import type { BackupRecord, SecretRecord } from './format.ts';
import { notEmpty, writtenSoFar } from './room.ts';
import type { OpenedBackup } from './source-vault.ts';

/** A way to put a backup into a vault. Whatever is there already is left alone. */
export interface Placed {
  /** @throws WaxsealError `conflict`, `value_too_large` when the vault cannot take it; writes nothing */
  check(record: BackupRecord, isThere: boolean, caller?: AbortSignal): Promise<void>;
  /** @returns what is to be copied to the replicas, oldest first: a secret's entry that stands at home then comes last */
  put(record: BackupRecord, caller?: AbortSignal): Promise<readonly Entry[]>;
}

const MAX_ROUNDS = 20;

/** Text for text under the same names: chains, revisions, data keys and releases stay what they were. */
export function keepAsSealed(scope: VaultScope, { pinned }: Pick<OpenedBackup, 'pinned'>): Placed {
  const { home } = scope;
  return {
    async check(record, isThere, caller) {
      const signal = deadline(scope.timeout, caller);
      if (record.is === 'secret') {
        const parameter = parameterName(scope.path, record.name);
        const wanted = record.versions.map(parseEntry);
        for (const entry of wanted) checkTextFits(scope, parameter, withWidestSlot(entry));
        if (isThere) await writtenSoFar(scope, parameter, wanted, signal);
        return;
      }
      if (record.is !== 'data-key') return;
      const there = (await home.parameters.read([scope.dataKeyName], signal)).get(scope.dataKeyName);
      if (there !== undefined && there.value !== record.text) throw notEmpty('data key', home);
    },
    async put(record, caller) {
      if (record.is === 'secret') {
        const wanted = record.versions.map(parseEntry);
        // An application that starts from a pinned release finds its large secrets in any region.
        const named = wanted.slice(0, -1).filter((entry) => pinned.has(digestOf(entry)));
        await putParts(scope, record, wanted, named, caller);
        const stands = await putChain(scope, parameterName(scope.path, record.name), wanted, caller);
        return stands === undefined ? [] : [...named, stands];
      }
      await patiently(scope, caller, async () => {
        const signal = deadline(scope.timeout, caller);
        if (record.is === 'data-key') await putText(scope, home, scope.dataKeyName, record.text, signal);
        else if (record.pin > 0) await putPin(scope, record, caller);
        else await putRelease(scope, record, caller);
      });
      return [];
    },
  };
}

/**
 * Writes the parts of what is still to be written, before the first entry of it. Of what is there already those of the
 * past may have been removed since; what counts, or what a pinned release names, gets back what it lost.
 */
async function putParts(
  scope: VaultScope,
  { name, parts }: SecretRecord,
  wanted: readonly Entry[],
  named: readonly Entry[],
  caller: AbortSignal | undefined,
): Promise<void> {
  if (parts.every(({ length }) => length === 0)) return;
  const parameter = parameterName(scope.path, name);
  const { done } = await patiently(scope, caller, () =>
    writtenSoFar(scope, parameter, wanted, deadline(scope.timeout, caller)),
  );
  for (const [i, entry] of wanted.entries()) {
    const isNeeded = i >= done || i === wanted.length - 1 || named.includes(entry);
    if (isNeeded) await patiently(scope, caller, () => keepParts(scope, entry, parts[i] ?? [], caller));
  }
}

/** Writes entries one after the other at home, each into the slot above the one before. */
async function putChain(
  scope: VaultScope,
  parameter: string,
  wanted: readonly Entry[],
  caller: AbortSignal | undefined,
): Promise<Entry | undefined> {
  const { home } = scope;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    const { done, version } = await patiently(scope, caller, async () => {
      const so = await writtenSoFar(scope, parameter, wanted, deadline(scope.timeout, caller));
      let top = so.version === 0 ? undefined : { name: parameter, value: '', version: so.version };
      let count = so.done;
      for (const entry of wanted.slice(so.done)) {
        // What is begun is ended: a secret is as old as the last of its versions that is there.
        if (!(await claim(scope, home, parameter, entry, top, deadline(scope.timeout)))) break;
        top = { name: parameter, value: '', version: (top?.version ?? 0) + 1 };
        count += 1;
      }
      return { done: count, version: top?.version ?? 0 };
    });
    const last = wanted.at(-1);
    if (done === wanted.length && last !== undefined) {
      const entry = { ...last, wrapping: { ...last.wrapping, slot: { region: home.name, version } } };
      scope.written.set(parameter, { entry, text: encodeEntry(entry) });
      return entry;
    }
    await scope.pause(jitter(scope, round));
  }
  throw new WaxsealError('conflict', `somebody else keeps writing ${parameter}`, {
    hint: 'a restore needs the vault for itself; try again when others are done',
    region: home.name,
  });
}

type ReleaseRecord = Extract<BackupRecord, { readonly is: 'release' }>;

/** Parts first, the head last, as in a publish; which brings it to the replicas. */
async function putRelease(
  scope: VaultScope,
  record: ReleaseRecord,
  caller: AbortSignal | undefined,
): Promise<void> {
  const names = releaseNames(scope.path);
  const signal = deadline(scope.timeout, caller);
  const head = (await scope.home.parameters.read([names.head], signal)).get(names.head);
  // It was here, and a publish may have gone on from it.
  if (head !== undefined) return;
  for (const [i, text] of record.parts.entries()) {
    await putText(scope, scope.home, names.part(i), text, deadline(scope.timeout, caller));
  }
  await putChain(scope, names.head, [parseEntry(record.head)], caller);
}

async function putPin(
  scope: VaultScope,
  record: ReleaseRecord,
  caller: AbortSignal | undefined,
): Promise<void> {
  const names = releaseNames(scope.path, record.pin);
  for (const region of scope.regions) {
    for (const [i, text] of record.parts.entries()) {
      await putText(scope, region, names.part(i), text, deadline(scope.timeout, caller));
    }
    await putText(scope, region, names.head, record.head, deadline(scope.timeout, caller));
  }
}

async function putText(
  scope: VaultScope,
  region: VaultScope['home'],
  name: string,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const top = (await region.parameters.read([name], signal)).get(name);
  if (top?.value === text) return;
  await writeCopy(scope, region, name, text, top === undefined, signal);
}
