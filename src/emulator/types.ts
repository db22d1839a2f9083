/**
 * What goes wrong on purpose. `down` and `lost-answer` cut the connection, `hang` keeps it open for ever, and so does
 * `half-open`, which sends the headers of the answer and never its body; `lost-answer` and `half-open` have done their
 * work. `stale` reads (GetParameter, GetParameters, GetParametersByPath) see what there was a while ago, and with
 * `empty-pages` GetParametersByPath and DescribeParameters give an empty page, with a token, before each full one.
 */
export type FaultKind =
  | 'down'
  | 'hang'
  | 'half-open'
  | 'throttle'
  | 'latency'
  | 'error'
  | 'lost-answer'
  | 'stale'
  | 'empty-pages';

/** One injected fault. A second fault for the same region, operation and kind replaces the first. */
export interface Fault {
  /** AWS region name, or `*` for all. */
  readonly region: string;
  /** e.g. `GetParameters`; absent: all operations. */
  readonly operation?: string;
  readonly kind: FaultKind;
  /** Milliseconds: how long a `latency` is, how far back a `stale` read looks. */
  readonly ms?: number;
  /** AWS error code, for `error`. */
  readonly code?: string;
  /** After so many calls the fault ends by itself. */
  readonly times?: number;
  /** The part of the calls that it hits, 0 to 1; absent: each one. */
  readonly probability?: number;
  /** With a seed, `probability` hits the same calls of a sequence each time it is set. */
  readonly seed?: number;
  /** Milliseconds on the emulator's clock after which it ends by itself; becomes `until` when it is set. */
  readonly forMs?: number;
  /** When it ends by itself; milliseconds since 1970 on the emulator's clock. */
  readonly until?: number;
}

/** A token bucket in each region; the operations that are named together share it. */
export interface Quota {
  /** AWS region name, or `*` for each of them. */
  readonly region: string;
  readonly operations: readonly string[];
  /** Requests a second. */
  readonly rate: number;
  /** Requests at once after a rest. */
  readonly burst: number;
}

/** The first quota that names the region and the operation of a call counts. */
export type QuotaTable = readonly Quota[];

/** What AWS allows by default, a table of one's own, or no limits. */
export type QuotaSetting = 'aws' | 'off' | QuotaTable;

/** Where an emulator's clock stands. */
export interface ClockState {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How far it was advanced in all. */
  readonly aheadMs: number;
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
  /** How long it took, in real milliseconds, whatever the emulator's clock says. */
  readonly ms: number;
  readonly accessKeyId?: string;
}

/** An IAM policy, as JSON. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: object;
}

/** Somebody who may call, and what IAM lets them do. */
export interface Identity {
  /** What requests are signed with; the secret key is not looked at. */
  readonly accessKeyId: string;
  /** ARN of a user, of an assumed role (`arn:aws:sts::…:assumed-role/NAME/SESSION`) or of the account's root. */
  readonly arn: string;
  /** Twelve digits: the emulator's account, as in the ARN. */
  readonly account?: string;
  /** What is attached to the user or role; none for root, who may do all that key policies leave it. */
  readonly policies: readonly PolicyDocument[];
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
  /**
   * Who may call. None: everybody is the account's root and may do everything; else IAM and key policies count, and
   * an access key that is not among these is unknown.
   */
  readonly identities?: readonly Identity[];
  /** Absent: what the state folder says, else no limits. */
  readonly quota?: QuotaSetting;
  /** Told of each call when it has been answered. */
  readonly onCall?: (call: CallRecord) => void;
}

export interface Emulator {
  readonly endpoint: string;
  readonly account: string;
  readonly regions: readonly string[];
  setFault(f: Fault): void;
  /** Ends the faults set for exactly this region (`*` included), or all of them. */
  clearFaults(region?: string): void;
  readonly faults: readonly Fault[];
  /** Sets limits, in place of those before, and fills all buckets. */
  setQuota(quota: QuotaSetting): void;
  /** Empty: no limits. */
  readonly quota: QuotaTable;
  /** Moves the clock forward by whole milliseconds, for good. */
  advance(ms: number): void;
  readonly clock: ClockState;
  /** The latest calls, oldest first (the last 10,000 are kept). */
  readonly calls: readonly CallRecord[];
  clearCalls(): void;
  /** Replaces all identities; none: everybody may do everything. @throws EmulatorError emulator_option_invalid */
  setIdentities(list: readonly Identity[]): void;
  readonly identities: readonly Identity[];
  close(): Promise<void>;
}

export interface EmulatorConnection {
  readonly endpoint: string;
  /** What is served there, which may be less than was asked for: another process was started with other regions. */
  readonly regions: readonly string[];
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

/** Quotas of a running emulator, over HTTP. */
export interface RemoteQuota {
  set(quota: QuotaSetting): Promise<void>;
  list(): Promise<QuotaTable>;
}

/** The clock of a running emulator, over HTTP. */
export interface RemoteClock {
  advance(ms: number): Promise<void>;
  read(): Promise<ClockState>;
}
