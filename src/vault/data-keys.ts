/** A vault's data keys in the clear: opened once, kept for the process, wiped at the end. */
import {
  DATA_KEY_BYTES,
  type DataKey,
  type DataKeyId,
  type DataKeyRecord,
  type Entry,
  encodeDataKeyRecord,
  encryptionContext,
  formatDataKeyId,
  parseDataKeyRecord,
} from '../envelope/index.ts';
import { isWaxsealError, WaxsealError } from '../errors.ts';
import type { Region, StoredParameter } from './ports.ts';

/** The data key that writers seal with, and how it is wrapped. */
export interface CurrentDataKey {
  readonly dataKey: DataKey;
  readonly record: DataKeyRecord;
}

interface OpenKey {
  readonly dataKey: DataKey;
  readonly kmsKeyId: string;
}

/** The data keys that one process has open for one vault. */
export class DataKeyRing {
  readonly #vault: string;
  readonly #now: () => number;
  readonly #random: (length: number) => Uint8Array;
  readonly #open = new Map<string, OpenKey>();
  readonly #asking = new Map<string, Promise<OpenKey>>();
  readonly #plain = new Set<Uint8Array>();
  #closed = false;

  constructor(vault: string, now: () => number, random: (length: number) => Uint8Array) {
    this.#vault = vault;
    this.#now = now;
    this.#random = random;
  }

  /**
   * The data key that sealed an entry, opened by this region's KMS unless it is open already.
   * @throws WaxsealError `foreign_key` when the entry names another KMS key than the vault's
   */
  ofEntry(entry: Entry, region: Region, signal?: AbortSignal): Promise<DataKey> {
    const { wrappedKey, kmsKeyId } = entry.wrapping;
    return this.#unwrap(region, entry.core.dataKeyId, wrappedKey, kmsKeyId, signal);
  }

  /** A data key by what is known of it, opened by this region's KMS unless it is open already. */
  open(
    region: Region,
    id: DataKeyId,
    wrappedKey: Uint8Array,
    kmsKeyId: string,
    signal?: AbortSignal,
  ): Promise<DataKey> {
    return this.#unwrap(region, id, wrappedKey, kmsKeyId, signal);
  }

  /**
   * The vault's current data key. The first writer of a vault makes it: of several at once, the one whose record
   * stands is believed by all, because a record is only ever created, never overwritten.
   * @param stored - the record as it was just read, if there is one
   */
  async current(
    region: Region,
    name: string,
    stored: StoredParameter | undefined,
    signal?: AbortSignal,
  ): Promise<CurrentDataKey> {
    if (stored !== undefined) return this.#fromRecord(region, stored, signal);
    const id: DataKeyId = {
      generation: 1,
      createdAt: Math.floor(this.#now() / 1000),
      random: Buffer.from(this.#random(8)).toString('hex'),
    };
    const made = await region.keys.generate(encryptionContext(this.#vault, id), signal);
    const record = { vault: this.#vault, id, wrappedKey: made.wrappedKey, kmsKeyId: made.kmsKeyId };
    try {
      await region.parameters.write(name, encodeDataKeyRecord(record), {
        create: true,
        tier: 'standard',
        signal,
      });
    } catch (error) {
      made.plaintext.fill(0);
      // Somebody else was or may have been first, or the answer got lost and it was us: what stands there decides.
      if (!isWaxsealError(error, 'already_exists', 'unreachable', 'timeout', 'throttled')) throw error;
      const there = (await region.parameters.read([name], signal)).get(name);
      if (there === undefined) throw error;
      return this.#fromRecord(region, there, signal);
    }
    return { dataKey: this.#keep(id, made.plaintext, made.kmsKeyId).dataKey, record };
  }

  /** Overwrites all data keys with zeros; whatever is opened after that fails. */
  close(): void {
    this.#closed = true;
    for (const bytes of this.#plain) bytes.fill(0);
    this.#plain.clear();
    this.#open.clear();
  }

  async #fromRecord(region: Region, stored: StoredParameter, signal?: AbortSignal): Promise<CurrentDataKey> {
    const record = parseDataKeyRecord(stored.value, this.#vault);
    const dataKey = await this.#unwrap(region, record.id, record.wrappedKey, record.kmsKeyId, signal);
    return { dataKey, record };
  }

  async #unwrap(
    region: Region,
    id: DataKeyId,
    wrappedKey: Uint8Array,
    kmsKeyId: string,
    signal?: AbortSignal,
  ): Promise<DataKey> {
    // The same data key under another KMS key is asked of KMS anew: only KMS can say that the key is the vault's. Both
    // are kept, because in the middle of a rewrap every other entry is under the other one.
    const open = this.#open.get(openName(id, kmsKeyId));
    if (open !== undefined) return open.dataKey;
    // A thousand entries under one data key share one call; a hedged read in another region makes its own.
    const call = [region.name, formatDataKeyId(id), Buffer.from(wrappedKey).toString('base64')].join(' ');
    const shared = this.#asking.get(call);
    if (shared !== undefined) {
      try {
        return (await shared).dataKey;
      } catch (error) {
        // The other caller gave up; this one has not.
        if (signal?.aborted === true || !isWaxsealError(error, 'cancelled', 'timeout')) throw error;
      }
    }
    const asking = this.#askKms(region, id, wrappedKey, kmsKeyId, signal);
    this.#asking.set(call, asking);
    try {
      return (await asking).dataKey;
    } finally {
      this.#asking.delete(call);
    }
  }

  async #askKms(
    region: Region,
    id: DataKeyId,
    wrappedKey: Uint8Array,
    kmsKeyId: string,
    signal?: AbortSignal,
  ): Promise<OpenKey> {
    const opened = await region.keys.unwrap(wrappedKey, encryptionContext(this.#vault, id), signal);
    if (opened.kmsKeyId !== kmsKeyId) {
      opened.plaintext.fill(0);
      throw new WaxsealError(
        'foreign_key',
        `it says that KMS key ${kmsKeyId} wrapped it, and another key did`,
        {
          hint: 'somebody changed the parameter; set the secret again',
          region: region.name,
        },
      );
    }
    if (opened.plaintext.byteLength !== DATA_KEY_BYTES) {
      opened.plaintext.fill(0);
      throw new WaxsealError('malformed', `the data key is not ${DATA_KEY_BYTES} bytes long`, {
        region: region.name,
      });
    }
    return this.#keep(id, opened.plaintext, opened.kmsKeyId);
  }

  #keep(id: DataKeyId, plaintext: Uint8Array, kmsKeyId: string): OpenKey {
    if (this.#closed) {
      plaintext.fill(0);
      throw new WaxsealError('cancelled', 'the vault was closed');
    }
    this.#plain.add(plaintext);
    const open = { dataKey: { id, key: plaintext }, kmsKeyId };
    this.#open.set(openName(id, kmsKeyId), open);
    return open;
  }
}

function openName(id: DataKeyId, kmsKeyId: string): string {
  return `${formatDataKeyId(id)} ${kmsKeyId}`;
}
