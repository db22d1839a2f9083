/** A vault in memory, complete for what the terminal app calls, that can be told to fail, to wait and to lag. */
import type { AppVault } from '../../../cli/ui/session.ts';
import { WaxsealError } from '../../../src/errors.ts';
import type {
  DataKeyStatus,
  SyncOptions,
  SyncPlan,
  SyncPreference,
  SyncResult,
  VaultStatus,
} from '../../../src/vault/index.ts';
import type {
  HistoryItem,
  ListedSecret,
  Listing,
  Secret,
  UndoResult,
  ValueSize,
  WriteRequest,
  WriteResult,
} from '../../../src/vault/types.ts';
import { planOf, statusOf } from './fake-regions.ts';

/** The operations that can be told to fail or to wait. */
export type Operation =
  | 'get'
  | 'set'
  | 'delete'
  | 'list'
  | 'history'
  | 'undo'
  | 'status'
  | 'planSync'
  | 'sync';

interface Stored {
  readonly name: string;
  value: Uint8Array;
  binary: boolean;
  deleted: boolean;
  revision: number;
  sealedAt: number;
  expiresAt: number | undefined;
  readonly history: (HistoryItem & { readonly value: Uint8Array })[];
}

/** What a secret may be planted with. */
export interface Planted {
  readonly value: string | Uint8Array;
  readonly sealedAt?: number;
  readonly expiresAt?: number;
  readonly binary?: boolean;
  readonly deleted?: boolean;
}

/** See the head of the file. */
export class FakeVault implements AppVault {
  readonly path: string;
  readonly regions: readonly string[];
  /** What the status says of the data key; nothing, unless a test does. */
  dataKey: DataKeyStatus | undefined;
  /** Of the records of all regions. */
  dataKeyState: 'equal' | 'retired' = 'equal';
  /** Changes to what `list` reports, by name: a problem, copies that are not equal. */
  readonly reported: Map<string, Partial<ListedSecret>> = new Map();
  /** What each write was asked for. */
  readonly writes: { name: string; value: string; request: WriteRequest | undefined }[] = [];
  readonly #secrets = new Map<string, Stored>();
  readonly #failures = new Map<Operation, unknown[]>();
  readonly #gates = new Map<Operation, Promise<void>>();
  readonly #failed: Record<string, WaxsealError> = {};
  /** How often each operation was called. */
  readonly calls: Record<Operation, number> = {
    get: 0,
    set: 0,
    delete: 0,
    list: 0,
    history: 0,
    undo: 0,
    status: 0,
    planSync: 0,
    sync: 0,
  };
  /** What each sync was told to prefer. */
  readonly synced: (SyncPreference | undefined)[] = [];

  constructor(path = '/acme/prod', regions: readonly string[] = ['us-east-1', 'eu-west-1']) {
    this.path = path;
    this.regions = regions;
  }

  /** As the vault does, roughly: a value that does not compress. */
  sizeOf(_name: string, { byteLength }: Uint8Array): ValueSize {
    const isLarge = byteLength > 2500;
    return {
      parameters: isLarge ? 1 + Math.ceil(byteLength / 3072) : 1,
      tooLarge: byteLength > 65_536,
      oneAdvanced: isLarge && byteLength < 5500,
    };
  }

  /** Puts a secret there, as if somebody else had. */
  plant(name: string, planted: Planted | string): this {
    const given = typeof planted === 'string' ? { value: planted } : planted;
    const value = typeof given.value === 'string' ? new TextEncoder().encode(given.value) : given.value;
    this.#write(name, value, given);
    return this;
  }

  /** The text of a secret as it is stored. */
  text(name: string): string | undefined {
    const stored = this.#secrets.get(name);
    return stored === undefined || stored.deleted ? undefined : new TextDecoder().decode(stored.value);
  }

  /** Makes the next call of an operation fail. */
  failNext(operation: Operation, error: unknown): this {
    this.#failures.set(operation, [...(this.#failures.get(operation) ?? []), error]);
    return this;
  }

  /** Makes an operation wait until the returned function is called. */
  hold(operation: Operation): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gates.set(operation, promise);
    return () => {
      this.#gates.delete(operation);
      resolve();
    };
  }

  /** Makes a region not answer any more: listings say so, and writes lag. */
  cutOff(region: string, error: WaxsealError): this {
    this.#failed[region] = error;
    return this;
  }

  /** Makes it answer again. */
  bringUp(region: string): this {
    delete this.#failed[region];
    return this;
  }

  async get(name: string): Promise<Secret> {
    await this.#enter('get');
    const stored = this.#find(name);
    const { value, revision, sealedAt, expiresAt, binary } = stored;
    return {
      name,
      value: value.slice(),
      binary,
      revision,
      sealedAt,
      expiresAt,
      dataKeyId: 'dk-1',
      region: this.regions[0] ?? '',
    };
  }

  async set(name: string, value: Uint8Array, request?: WriteRequest): Promise<WriteResult> {
    this.writes.push({ name, value: new TextDecoder().decode(value), request });
    const copy = value.slice();
    await this.#enter('set');
    this.#expect(name, request?.expectRevision);
    const written = this.#write(
      name,
      copy,
      request?.expiresAt === undefined ? {} : { expiresAt: request.expiresAt },
    );
    const { parameters } = this.sizeOf(name, copy);
    if (parameters === 1) return written;
    this.reported.set(name, { large: true });
    return { ...written, parts: parameters - 1 };
  }

  async delete(name: string, request?: Pick<WriteRequest, 'expectRevision'>): Promise<WriteResult> {
    await this.#enter('delete');
    this.#find(name);
    this.#expect(name, request?.expectRevision);
    return this.#write(name, new Uint8Array(), { deleted: true });
  }

  async rollbackSecret(
    name: string,
    revision: number,
    request?: Pick<WriteRequest, 'expectRevision'>,
  ): Promise<UndoResult> {
    return this.#undo(name, request?.expectRevision, (item) => item.revision === revision);
  }

  async undelete(name: string, request?: Pick<WriteRequest, 'expectRevision'>): Promise<UndoResult> {
    return this.#undo(name, request?.expectRevision, ({ deleted }) => !deleted);
  }

  async #undo(
    name: string,
    expected: number | undefined,
    wanted: (item: HistoryItem) => boolean,
  ): Promise<UndoResult> {
    await this.#enter('undo');
    this.#expect(name, expected);
    const item = this.#secrets.get(name)?.history.findLast(wanted);
    if (item === undefined) throw missing(name);
    const { value, expiresAt, revision: from } = item;
    const written = this.#write(name, value, expiresAt === undefined ? {} : { expiresAt });
    return { ...written, from, expiresAt, linked: true };
  }

  async list(): Promise<Listing> {
    await this.#enter('list');
    return this.#listing();
  }

  async status(): Promise<VaultStatus> {
    await this.#enter('status');
    return { ...statusOf(this.#listing(), this.regions, this.dataKeyState), dataKey: this.dataKey };
  }

  async planSync({ prefer }: SyncOptions = {}): Promise<SyncPlan> {
    await this.#enter('planSync');
    return planOf(this.#listing(), this.regions, prefer);
  }

  async sync({ prefer, signal, onProgress }: SyncOptions = {}): Promise<SyncResult> {
    this.synced.push(prefer);
    const plan = planOf(this.#listing(), this.regions, prefer);
    onProgress?.({ done: 0, total: plan.actions.length });
    await this.#enter('sync');
    if (signal?.aborted === true) throw new WaxsealError('cancelled', 'cancelled');
    for (const [index, { name }] of plan.actions.entries()) {
      const { copies: _, ...rest } = this.reported.get(name) ?? {};
      this.reported.set(name, rest);
      onProgress?.({ done: index + 1, total: plan.actions.length });
    }
    return plan;
  }

  #listing(): Listing {
    const down = Object.keys(this.#failed);
    const secrets = [...this.#secrets.values()].map(
      (stored): ListedSecret => ({
        name: stored.name,
        revision: stored.revision,
        sealedAt: stored.sealedAt,
        expiresAt: stored.expiresAt,
        binary: stored.binary,
        deleted: stored.deleted,
        dataKeyId: 'dk-1',
        copies: Object.fromEntries(
          this.regions.map((region) => [region, down.includes(region) ? 'unreachable' : 'equal']),
        ),
        ...this.reported.get(stored.name),
      }),
    );
    secrets.sort((a, b) => (a.name < b.name ? -1 : 1));
    return { secrets, region: this.regions[0] ?? '', exists: true, failed: { ...this.#failed } };
  }

  async history(name: string): Promise<readonly HistoryItem[]> {
    await this.#enter('history');
    const stored = this.#secrets.get(name);
    if (stored === undefined) throw missing(name);
    return stored.history.toReversed().map(({ value: _, ...item }) => item);
  }

  load(): Promise<never> {
    throw new TypeError('the terminal app does not load a vault');
  }

  planImport(): Promise<never> {
    throw new TypeError('the terminal app does not import');
  }

  import(): Promise<never> {
    throw new TypeError('the terminal app does not import');
  }

  close(): void {
    throw new TypeError('the terminal app leaves the vault open');
  }

  async #enter(operation: Operation): Promise<void> {
    this.calls[operation] += 1;
    await this.#gates.get(operation);
    const [failure, ...rest] = this.#failures.get(operation) ?? [];
    this.#failures.set(operation, rest);
    if (failure !== undefined) throw failure;
  }

  #find(name: string): Stored {
    const stored = this.#secrets.get(name);
    if (stored === undefined || stored.deleted) throw missing(name);
    return stored;
  }

  #expect(name: string, expected: number | undefined): void {
    const actual = this.#secrets.get(name)?.revision ?? 0;
    if (expected === undefined || expected === actual) return;
    throw new WaxsealError('conflict', `${name} is at revision ${actual}, not ${expected}`, {
      hint: 'read it again and decide',
    });
  }

  #write(name: string, value: Uint8Array, planted: Omit<Planted, 'value'>): WriteResult {
    const before = this.#secrets.get(name);
    const revision = (before?.revision ?? 0) + 1;
    const sealedAt = planted.sealedAt ?? Date.now();
    const deleted = planted.deleted ?? false;
    const item = {
      value,
      expiresAt: planted.expiresAt,
      revision,
      sealedAt,
      storedAt: sealedAt,
      writtenBy: `arn:aws:sts::123456789012:assumed-role/writer/session-${revision}`,
      deleted,
      binary: planted.binary ?? false,
      dataKeyId: 'dk-1',
      generation: 1,
      linked: true,
      region: this.regions[0] ?? '',
    };
    this.#secrets.set(name, {
      name,
      value,
      binary: planted.binary ?? false,
      deleted,
      revision,
      sealedAt,
      expiresAt: planted.expiresAt,
      history: [...(before?.history ?? []), item],
    });
    const behind = Object.entries(this.#failed).map(([region, error]) => ({ region, error }));
    return { name, revision, changed: true, behind };
  }
}

function missing(name: string): WaxsealError {
  return new WaxsealError('not_found', `there is no secret ${name}`);
}
