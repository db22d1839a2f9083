/** What the start of an application needs of a vault. It stands apart from all that writes, which a start need not load. */

import type { Vault } from './interface.ts';
import { boot, bootFrom, isCurrent } from './release/boot.ts';
import { createScope, type VaultScope } from './scope.ts';
import type { VaultOptions } from './types.ts';

/** A vault to start from. */
export type BootVault = Pick<
  Vault,
  'path' | 'regions' | 'boot' | 'bootFrom' | 'isCurrent' | 'dataKeyUse' | 'close'
>;

/** Opens a vault to start from. No call is made before the first read. @throws WaxsealError `invalid_name` */
export function createBootVault(options: VaultOptions): BootVault {
  return bootPart(createScope(options));
}

/** The part of an open vault that starts need. */
export function bootPart(scope: VaultScope): BootVault {
  return {
    path: scope.path,
    regions: scope.regions.map(({ name }) => name),
    boot: async (how) => boot(scope, how),
    bootFrom: async (sealed, how) => bootFrom(scope, sealed, how),
    isCurrent: async (sealed, how = {}) => isCurrent(scope, sealed, how.signal),
    dataKeyUse: () => scope.dataKeys.use,
    close: () => scope.dataKeys.close(),
  };
}
