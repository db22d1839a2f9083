/** A vault's data keys in the clear: opened by KMS, kept as long as the policy lets them, wiped at the end. */
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
import {
  createDataKeyCache,
  type DataKeyCache,
  type DataKeyPolicy,
  type DataKeyUse,
} from './data-key-cache.ts';
import { namingKey } from './foreign-key.ts';
import type { Region, StoredParameter, UnwrappedKey } from './ports.ts';

/** The data key that writers seal with, and how it is wrapped. */
export interface CurrentDataKey {
  readonly dataKey: DataKey;
  readonly record: DataKeyRecord;
}

/**
 * The data keys that one process has open for one vault. Each is used as soon as it is given, before anything else is
 * waited for: later it may be wiped.
 */
export class DataKeyRing {
  readonly #vault: string;
  readonly #now: () => number;
  readonly #random: (length: number) => Uint8Array;
  readonly #open: DataKeyCache;
  readonly #asking = new Map<string, Promise<DataKey>>();
  readonly #materials = new Map<string, string>();
  #closed = false;

  constructor(
    vault: string,
    now: () => number,
    random: (length: number) => Uint8Array,
    policy: DataKeyPolicy = {},
  ) {
    this.#vault = vault;
    this.#now = now;
    this.#random = random;
    this.#open = createDataKeyCache(policy, now);
  }

  /** What became of data keys so far. */
  get use(): DataKeyUse {
    return this.#open.use();
  }

  /**
   * The data key that sealed an entry, opened by this region's KMS unless it is open already.
   * @throws WaxsealError `foreign_key` when the entry names another KMS key than the vault's
   */
  ofEntry(entry: Entry, region: Region, signal?: AbortSignal): Promise<DataKey> {
    const { wrappedKey, kmsKeyId } = entry.wrapping;
    return this.#unwrap(
      region,
      entry.core.dataKeyId,
      wrappedKey,
      kmsKeyId,
      entry.ciphertext.byteLength,
      signal,
    );
  }

  /**
   * A data key by what is known of it, opened by this region's KMS unless it is open already.
   * @param bytes - how many it is going to seal or open
   */
  open(
    region: Region,
    { id, wrappedKey, kmsKeyId }: Pick<DataKeyRecord, 'id' | 'wrappedKey' | 'kmsKeyId'>,
    bytes: number,
    signal?: AbortSignal,
  ): Promise<DataKey> {
    return this.#unwrap(region, id, wrappedKey, kmsKeyId, bytes, signal);
  }

  /**
   * The vault's current data key. The first writer of a vault makes it: of several at once, the one whose record
   * stands is believed by all, because a first record is only ever created, never overwritten.
   * @param stored - the record as it was just read, if there is one
   * @param generation - of the data key that is made where there is none
   * @param bytes - how many it is going to seal
   */
  async current(
    region: Region,
    name: string,
    stored: StoredParameter | undefined,
    { generation, bytes }: { readonly generation: number; readonly bytes: number },
    signal?: AbortSignal,
  ): Promise<CurrentDataKey> {
    if (stored !== undefined) return this.#fromRecord(region, stored, bytes, signal);
    const { record, made } = await this.#generate(region, generation, signal);
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
      return this.#fromRecord(region, there, bytes, signal);
    }
    return { dataKey: this.#keep(record.id, made, bytes), record };
  }

  /** A new data key of the vault. Nobody else knows of it before its record is written. */
  async make(region: Region, generation: number, signal?: AbortSignal): Promise<DataKeyRecord> {
    const { record, made } = await this.#generate(region, generation, signal);
    this.#keep(record.id, made, 0);
    return record;
  }

  /** Which material of the KMS key wrapped a data key that was opened, as KMS said it last. */
  kmsKeyMaterialId(id: DataKeyId): string | undefined {
    return this.#materials.get(formatDataKeyId(id));
  }

  /** Overwrites all data keys with zeros; whatever is opened after that fails. */
  close(): void {
    this.#closed = true;
    this.#open.close();
  }

  async #generate(
    region: Region,
    generation: number,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly record: DataKeyRecord; readonly made: UnwrappedKey }> {
    const id: DataKeyId = {
      generation,
      createdAt: Math.floor(this.#now() / 1000),
      random: Buffer.from(this.#random(8)).toString('hex'),
    };
    const made = await region.keys.generate(encryptionContext(this.#vault, id), signal);
    return {
      record: { vault: this.#vault, id, wrappedKey: made.wrappedKey, kmsKeyId: made.kmsKeyId },
      made,
    };
  }

  async #fromRecord(
    region: Region,
    stored: StoredParameter,
    bytes: number,
    signal?: AbortSignal,
  ): Promise<CurrentDataKey> {
    const record = parseDataKeyRecord(stored.value, this.#vault);
    const dataKey = await this.open(region, record, bytes, signal);
    return { dataKey, record };
  }

  async #unwrap(
    region: Region,
    id: DataKeyId,
    wrappedKey: Uint8Array,
    kmsKeyId: string,
    bytes: number,
    signal?: AbortSignal,
  ): Promise<DataKey> {
    // A thousand entries under one data key share one call; a hedged read in another region makes its own.
    const call = [region.name, formatDataKeyId(id), Buffer.from(wrappedKey).toString('base64')].join(' ');
    for (;;) {
      const open = this.#open.take(id, kmsKeyId, bytes);
      if (open !== undefined) return open;
      const shared = this.#asking.get(call);
      if (shared === undefined) break;
      try {
        await shared;
      } catch (error) {
        // The other caller gave up; this one has not.
        if (signal?.aborted === true || !isWaxsealError(error, 'cancelled', 'timeout')) throw error;
      }
    }
    const asking = this.#askKms(region, id, wrappedKey, kmsKeyId, bytes, signal);
    this.#asking.set(call, asking);
    try {
      return await asking;
    } finally {
      this.#asking.delete(call);
    }
  }

  async #askKms(
    region: Region,
    id: DataKeyId,
    wrappedKey: Uint8Array,
    kmsKeyId: string,
    bytes: number,
    signal?: AbortSignal,
  ): Promise<DataKey> {
    const context = encryptionContext(this.#vault, id);
    const opened = await region.keys.unwrap(wrappedKey, context, signal).catch((error: unknown) => {
      throw namingKey(error, kmsKeyId);
    });
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
    return this.#keep(id, opened, bytes);
  }

  #keep(id: DataKeyId, { plaintext, kmsKeyId, kmsKeyMaterialId }: UnwrappedKey, bytes: number): DataKey {
    if (this.#closed) {
      plaintext.fill(0);
      throw new WaxsealError('cancelled', 'the vault was closed');
    }
    if (kmsKeyMaterialId !== undefined) this.#materials.set(formatDataKeyId(id), kmsKeyMaterialId);
    return this.#open.keep(id, kmsKeyId, plaintext, bytes);
  }
}
