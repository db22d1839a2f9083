/** `--pristine`: how little of an environment a program can live with. */

const KEPT = new Set(['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'LANG', 'TZ', 'TMPDIR', 'PWD']);
/** Windows: without these hardly a program starts there. */
const KEPT_ON_WINDOWS = new Set([
  ...KEPT,
  ...['SYSTEMROOT', 'SYSTEMDRIVE', 'WINDIR', 'COMSPEC', 'PATHEXT', 'TEMP', 'TMP', 'USERPROFILE'],
]);

/** The part of an environment that says where and for whom a program runs, and nothing of what it is to do. */
export function pristine(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): Readonly<Record<string, string | undefined>> {
  const isKept = (name: string): boolean =>
    platform === 'win32' ? KEPT_ON_WINDOWS.has(name.toUpperCase()) : KEPT.has(name) || name.startsWith('LC_');
  return Object.fromEntries(Object.entries(env).filter(([name]) => isKept(name)));
}
