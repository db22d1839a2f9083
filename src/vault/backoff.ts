import type { VaultScope } from './scope.ts';

/** Milliseconds to wait: random, so that two writers part, and longer each time. */
export function jitter(scope: Pick<VaultScope, 'randomBytes'>, attempt: number, base = 10): number {
  const random = (scope.randomBytes(1)[0] ?? 0) / 256;
  return Math.ceil(random * Math.min(base * 2 ** attempt, 5_000));
}
