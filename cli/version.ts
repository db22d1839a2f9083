/** Set by the build. */
declare const WAXSEAL_VERSION: string;

/** waxseal's version. */
export function version(): string {
  return WAXSEAL_VERSION;
}
