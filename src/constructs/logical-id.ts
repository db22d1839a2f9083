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
