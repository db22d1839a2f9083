/**
 * The name of a vault's resource in Terraform's state: readable, and the same in every run, because Terraform would
 * replace a key whose name changed. "/" becomes "__" and "_" becomes "_-", so that two paths never share a name; the
 * word in front is there because Terraform refuses a name that starts with a digit.
 * @param part - a region, or what an output shows
 */
export function logicalId(vaultPath: string, part: string): string {
  const path = vaultPath.replace(/[/_]/g, (character) => (character === '/' ? '__' : '_-'));
  return `vault${path}__${part}`;
}

/** The vault and the part of a name that {@link logicalId} made; undefined for any other name. */
export function parseLogicalId(
  name: string,
): { readonly vaultPath: string; readonly part: string } | undefined {
  const [first, ...rest] = name.split('__');
  const part = rest.pop();
  if (first !== 'vault' || part === undefined || rest.length === 0) return undefined;
  return { vaultPath: rest.map((level) => `/${level.replaceAll('_-', '_')}`).join(''), part };
}
