/**
 * A vault's ports in memory: Parameter Store and KMS of several regions, with real cryptography and real rules of
 * overwriting, versions and history. Every call passes a gate, where a test decides what happens next and to whom.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { WaxsealError } from '../../src/errors.ts';
import type { KeyWrapper, ParameterStore, Region, StoredParameter } from '../../src/vault/index.ts';

/** A call on its way. */
export interface Call {
  readonly region: string;
  readonly operation: 'read' | 'list' | 'history' | 'write' | 'remove' | 'generate' | 'unwrap' | 'rewrap';
  readonly names: readonly string[];
}

/** What a gate may do besides waiting: fail the call, or do it and lose the answer. */
export type Verdict = undefined | { readonly fail: WaxsealError } | { readonly loseAnswer: WaxsealError };

/** Called before each call is done. */
export type Gate = (call: Call) => Promise<Verdict> | Verdict;

/** As long as KMS's own. */
const BLOB_BYTES = 184;

interface KmsKey {
  readonly id: string;
  /** Oldest first; the last one wraps, all of them open. */
  readonly materials: Uint8Array[];
}

/** The store and keys of several regions. */
export class MemoryAws {
  readonly calls: Call[] = [];
  gate: Gate = () => undefined;
  /** Its clock, in ms since 1970. */
  now: () => number = Date.now;
  readonly #parameters = new Map<string, Map<string, StoredParameter[]>>();
  readonly #keys = new Map<string, KmsKey>();

  /** A KMS key that exists in all regions, as a multi-region key does. */
  createKey(): string {
    const id = `mrk-${randomBytes(16).toString('hex')}`;
    this.#keys.set(id, { id, materials: [randomBytes(32)] });
    return id;
  }

  /** Gives a KMS key new material, as its yearly rotation does. */
  rotateKey(id: string): void {
    this.#key(id).materials.push(randomBytes(32));
  }

  /** A region whose vault is sealed under `kmsKeyId`; what is under an `accepted` one is opened too. */
  region(name: string, kmsKeyId: string, ...accepted: readonly string[]): Region {
    const keys = this.#keyWrapper(name, [kmsKeyId, ...accepted]);
    return { name, parameters: this.#parameterStore(name), keys };
  }

  /** All versions of a parameter, oldest first, past the gate. */
  versions(region: string, name: string): readonly StoredParameter[] {
    return this.#region(region).get(name) ?? [];
  }

  /** The full names of all parameters of a region, past the gate. */
  names(region: string): readonly string[] {
    return [...this.#region(region).keys()];
  }

  /** Overwrites a parameter past the gate, as somebody with ssm:PutParameter could. */
  plant(region: string, name: string, value: string): void {
    const versions = this.#region(region).get(name) ?? [];
    versions.push({ name, value, version: (versions.at(-1)?.version ?? 0) + 1, modifiedAt: 0 });
    this.#region(region).set(name, versions);
  }

  /** Deletes a parameter and its history past the gate, as a purge does. */
  remove(region: string, name: string): void {
    this.#region(region).delete(name);
  }

  /** Wraps a data key under any key, as KMS does for whoever may use that key. */
  wrap(kmsKeyId: string, dataKey: Uint8Array, context: Readonly<Record<string, string>>): Uint8Array {
    const nonce = randomBytes(12);
    const { materials } = this.#key(kmsKeyId);
    const material = materials.length - 1;
    const cipher = createCipheriv('aes-256-gcm', materials[material] ?? '', nonce);
    cipher.setAAD(contextBytes(context));
    const body = Buffer.concat([cipher.update(dataKey), cipher.final()]);
    return Buffer.concat([
      Buffer.from(kmsKeyId.padEnd(40)),
      nonce,
      cipher.getAuthTag(),
      body,
      Buffer.alloc(BLOB_BYTES - 101),
      Buffer.of(material),
    ]);
  }

  /** Opens what {@link wrap} made, by the first of these keys that wrapped it. */
  #unwrap(
    kmsKeyIds: readonly string[],
    wrappedKey: Uint8Array,
    context: Readonly<Record<string, string>>,
  ): { readonly plaintext: Uint8Array; readonly kmsKeyId: string; readonly material: number } {
    const blob = Buffer.from(wrappedKey);
    const wrappedBy = blob.subarray(0, 40).toString().trim();
    const kmsKeyId = kmsKeyIds.find((id) => id === wrappedBy);
    if (kmsKeyId === undefined) throw new WaxsealError('foreign_key', 'another KMS key wrapped it');
    const material = blob.at(-1) ?? 0;
    const key = this.#key(kmsKeyId).materials[material] ?? '';
    const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(40, 52));
    decipher.setAAD(contextBytes(context));
    decipher.setAuthTag(blob.subarray(52, 68));
    try {
      // KMS vouches for every byte of what it wrote.
      if (blob.byteLength !== BLOB_BYTES || blob.subarray(100, -1).some((byte) => byte !== 0)) {
        throw new Error('not what KMS wrote');
      }
      const plaintext = Uint8Array.from(decipher.update(blob.subarray(68, 100)));
      decipher.final();
      return { plaintext, kmsKeyId, material };
    } catch (cause) {
      throw new WaxsealError('decrypt_failed', 'wrapped for another context', { cause });
    }
  }

  /** KMS's name of a key's material; of the newest, unless it is said which. */
  #materialId(id: string, nth?: number): string {
    const { materials } = this.#key(id);
    const material = materials[nth ?? materials.length - 1] ?? '';
    return createHash('sha256').update(material).digest('hex');
  }

  #region(name: string): Map<string, StoredParameter[]> {
    const found = this.#parameters.get(name) ?? new Map<string, StoredParameter[]>();
    this.#parameters.set(name, found);
    return found;
  }

  #key(id: string): KmsKey {
    const key = this.#keys.get(id);
    if (key === undefined) throw new WaxsealError('key_not_found', `no key ${id}`);
    return key;
  }

  async #pass<T>(call: Call, work: () => T): Promise<T> {
    this.calls.push(call);
    const verdict = await this.gate(call);
    if (verdict !== undefined && 'fail' in verdict) throw verdict.fail;
    const result = work();
    if (verdict !== undefined) throw verdict.loseAnswer;
    return result;
  }

  #parameterStore(region: string): ParameterStore {
    const all = this.#region(region);
    const read = (asked: string): StoredParameter | undefined => {
      const [name = '', version] = asked.split(':');
      const versions = all.get(name);
      return version === undefined
        ? versions?.at(-1)
        : versions?.find((one) => one.version === Number(version));
    };
    return {
      read: (names) =>
        this.#pass({ region, operation: 'read', names }, () => {
          const found = names.map((name) => [name, read(name)] as const);
          return new Map(
            found.flatMap(([name, stored]) => (stored ? [[name, withoutAuthor(stored)] as const] : [])),
          );
        }),
      list: (path) =>
        this.#iterate({ region, operation: 'list', names: [path] }, () =>
          [...all]
            .filter(([name]) => name.startsWith(`${path}/`))
            .flatMap(([, versions]) => versions.at(-1) ?? [])
            .map(withoutAuthor),
        ),
      history: (name) =>
        this.#iterate({ region, operation: 'history', names: [name] }, () => all.get(name) ?? []),
      write: (name, value, { create }) =>
        this.#pass({ region, operation: 'write', names: [name] }, () => {
          const versions = all.get(name) ?? [];
          if (create && versions.length > 0) throw new WaxsealError('already_exists', `${name} exists`);
          const version = (versions.at(-1)?.version ?? 0) + 1;
          all.set(
            name,
            [...versions, { name, value, version, modifiedAt: this.now(), modifiedBy: 'arn:test' }].slice(
              -100,
            ),
          );
          return version;
        }),
      remove: (name) => this.#pass({ region, operation: 'remove', names: [name] }, () => all.delete(name)),
    };
  }

  async *#iterate(call: Call, work: () => readonly StoredParameter[]): AsyncGenerator<StoredParameter> {
    for (const stored of await this.#pass(call, () => [...work()])) yield stored;
  }

  #keyWrapper(region: string, kmsKeyIds: readonly [string, ...string[]]): KeyWrapper {
    const [own] = kmsKeyIds;
    return {
      generate: (context) =>
        this.#pass({ region, operation: 'generate', names: [] }, () => {
          const plaintext = Uint8Array.from(randomBytes(32));
          const wrappedKey = this.wrap(own, plaintext, context);
          return { plaintext, wrappedKey, kmsKeyId: own, kmsKeyMaterialId: this.#materialId(own) };
        }),
      unwrap: (wrappedKey, context) =>
        this.#pass({ region, operation: 'unwrap', names: [] }, () => {
          const { plaintext, kmsKeyId, material } = this.#unwrap(kmsKeyIds, wrappedKey, context);
          return { plaintext, kmsKeyId, kmsKeyMaterialId: this.#materialId(kmsKeyId, material) };
        }),
      rewrap: (wrappedKey, context, { to }) =>
        this.#pass({ region, operation: 'rewrap', names: [] }, () => {
          const opened = this.#unwrap(kmsKeyIds, wrappedKey, context);
          const kmsKeyId = to ?? opened.kmsKeyId;
          return {
            wrappedKey: this.wrap(kmsKeyId, opened.plaintext, context),
            kmsKeyId,
            sourceKmsKeyId: opened.kmsKeyId,
            materialId: this.#materialId(kmsKeyId),
            sourceMaterialId: this.#materialId(opened.kmsKeyId, opened.material),
          };
        }),
    };
  }
}

/** Only the history tells who wrote. */
function withoutAuthor({ modifiedBy: _, ...stored }: StoredParameter): StoredParameter {
  return stored;
}

/** As KMS names a key's material: 64 hexadecimal digits. */
function contextBytes(context: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}
