import { AwsError } from './errors.ts';
import { readQuota } from './quota-table.ts';
import type { Quota, QuotaSetting, QuotaTable, ServiceName } from './types.ts';

export interface Quotas {
  set(quota: QuotaSetting): void;
  readonly table: QuotaTable;
  /** Counts a request. @throws AwsError ThrottlingException where there were too many */
  take(service: ServiceName, region: string, operation: string): void;
}

interface Bucket {
  readonly tokens: number;
  /** When it held so many; milliseconds. */
  readonly at: number;
}

/**
 * Token buckets, one a region and quota, that fill as the emulator's clock goes on.
 * @param changed - called with the table whenever it is set
 */
export function createQuotas(
  now: () => number,
  initial: QuotaTable = [],
  changed: (table: QuotaTable) => void = () => {},
): Quotas {
  let table = initial;
  let buckets = new Map<string, Bucket>();
  return {
    set: (quota) => {
      table = readQuota(quota);
      buckets = new Map();
      changed(table);
    },
    get table() {
      return table;
    },
    take: (service, region, operation) => {
      const index = table.findIndex((quota) => isFor(quota, region, operation));
      const quota = table[index];
      if (quota === undefined) return;
      const id = `${region} ${index}`;
      const bucket = buckets.get(id);
      const tokens = refilled(quota, bucket, now());
      // A request that is refused costs nothing.
      if (tokens < 1) throw new AwsError('ThrottlingException', refusal(service));
      buckets.set(id, { tokens: tokens - 1, at: Math.max(now(), bucket?.at ?? 0) });
    },
  };
}

function isFor(quota: Quota, region: string, operation: string): boolean {
  return (quota.region === '*' || quota.region === region) && quota.operations.includes(operation);
}

function refilled({ rate, burst }: Quota, bucket: Bucket | undefined, now: number): number {
  if (bucket === undefined) return burst;
  // A clock that was set back fills nothing.
  return Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) * rate) / 1000);
}

function refusal(service: ServiceName): string {
  // KMS developer guide, "Throttling AWS KMS requests"; Parameter Store says what most of AWS says.
  return service === 'kms'
    ? 'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.'
    : 'Rate exceeded';
}
