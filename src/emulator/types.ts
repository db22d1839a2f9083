/** What goes wrong on purpose. `down` and `lost-answer` cut the connection, `hang` keeps it open for ever. */
export type FaultKind = 'down' | 'hang' | 'throttle' | 'latency' | 'error' | 'lost-answer';

/** One injected fault. A second fault for the same region, operation and kind replaces the first. */
export interface Fault {
  /** AWS region name, or `*` for all. */
  readonly region: string;
  /** e.g. `GetParameters`; absent: all operations. */
  readonly operation?: string;
  readonly kind: FaultKind;
  /** Milliseconds, for `latency`. */
  readonly ms?: number;
  /** AWS error code, for `error`. */
  readonly code?: string;
  /** After so many calls the fault ends by itself. */
  readonly times?: number;
}

export type ServiceName = 'kms' | 'ssm' | 'sts';

/** One call that reached the emulator. `status` is 0 where the caller got no answer. */
export interface CallRecord {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly region: string;
  readonly service: ServiceName;
  readonly operation: string;
  readonly status: number;
  /** AWS error code, or the kind of the fault that swallowed the answer. */
  readonly error?: string;
}

export interface EmulatorOptions {
  /** Folder for the state, made when absent (0700). Without it everything is in memory only. */
  readonly stateDir?: string;
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** The regions that answer; us-east-1 and eu-west-1 by default. */
  readonly regions?: readonly string[];
  /** Twelve digits; `000000000000` by default. */
  readonly account?: string;
  /** The clock in milliseconds; deletion dates, rotation and replica creation follow it. */
  readonly now?: () => number;
}

export interface Emulator {
  readonly endpoint: string;
  readonly account: string;
  readonly regions: readonly string[];
  setFault(f: Fault): void;
  /** Ends the faults set for exactly this region (`*` included), or all of them. */
  clearFaults(region?: string): void;
  readonly faults: readonly Fault[];
  /** The latest calls, oldest first (the last 10,000 are kept). */
  readonly calls: readonly CallRecord[];
  clearCalls(): void;
  close(): Promise<void>;
}

export interface EmulatorConnection {
  readonly endpoint: string;
  /** True where this process serves the state folder. */
  readonly owner: boolean;
  /** Stops the server only when this process owns it. */
  close(): Promise<void>;
}

/** Faults of a running emulator, over HTTP. */
export interface RemoteFaults {
  set(f: Fault): Promise<void>;
  clear(region?: string): Promise<void>;
  list(): Promise<readonly Fault[]>;
}
