import type { Written, WrittenVault } from './arbitrary.ts';

/** A mistake: what it does to a waxseal.json that is right, and what the complaint must say. */
export interface Mistake {
  readonly name: string;
  readonly says: RegExp;
  /** What stands in the line that the complaint names, where that is sure. */
  readonly at?: string;
  readonly make: (config: Written, path: string, vault: WrittenVault) => void;
}

/** A multi-region key. */
export const MRK = 'mrk-0123456789abcdef0123456789abcdef';
/** Where {@link beside} is. */
export const abroad: { readonly home: string; readonly replicas: readonly string[] } = {
  home: 'us-east-1',
  replicas: ['eu-west-1'],
};

/** The vault without anything that others depend on or that depends on others. */
export function plain(config: Written, path: string, vault: WrittenVault): WrittenVault {
  for (const other of [
    vault,
    ...Object.values(config.vaults).filter(({ sharesKeyWith }) => sharesKeyWith === path),
  ]) {
    for (const field of ['keyId', 'sharesKeyWith', 'customKeyStoreId', 'primary', 'retired'])
      Reflect.deleteProperty(other, field);
  }
  return vault;
}

/** One more vault; the path of it. */
export function beside(config: Written, more: Partial<WrittenVault> = {}, path = '/besides-it'): string {
  config.vaults[path] = { home: 'us-east-1', replicas: ['eu-west-1'], ...more };
  return path;
}
