/** The data keys of one region as that region's own KMS opens them: what home's KMS opened proves nothing of a replica's. */
import {
  type DataKeyId,
  type EntryWrapping,
  encodeDataKeyRecord,
  formatDataKeyId,
} from '../../envelope/index.ts';
import { DataKeyRing } from '../data-keys.ts';
import { deadline } from '../deadline.ts';
import type { Region } from '../ports.ts';
import type { VaultScope } from '../scope.ts';

/** A data key that KMS opened. */
export interface ProvenKey {
  /** The vault with this one data key open. */
  readonly scope: VaultScope;
  readonly kmsKeyMaterialId: string | undefined;
}

/** Opens the data keys of one region. */
export interface RegionKeys {
  /**
   * Asks KMS once for each distinct wrapping, also where it refuses: what is stored beside the same data key in other
   * bytes has to open by itself.
   * @throws WaxsealError as KMS answered
   */
  open(id: DataKeyId, wrapping: Pick<EntryWrapping, 'wrappedKey' | 'kmsKeyId'>): Promise<ProvenKey>;
  /** The ids of the data keys that KMS opened. */
  readonly opened: ReadonlyMap<string, string>;
  /** Wipes them all. */
  close(): void;
}

/** @param caller - gives up */
export function createRegionKeys(scope: VaultScope, region: Region, caller?: AbortSignal): RegionKeys {
  const asked = new Map<string, Promise<ProvenKey>>();
  const rings: DataKeyRing[] = [];
  const opened = new Map<string, string>();
  return {
    opened,
    open(id, { wrappedKey, kmsKeyId }) {
      // The text of a record says all of it in one spelling.
      const wrapping = encodeDataKeyRecord({ vault: scope.path, id, wrappedKey, kmsKeyId });
      const known = asked.get(wrapping);
      if (known !== undefined) return known;
      const ask = async (): Promise<ProvenKey> => {
        const ring = new DataKeyRing(scope.path, scope.now, scope.randomBytes);
        rings.push(ring);
        await ring.open(region, { id, wrappedKey, kmsKeyId }, 0, deadline(scope.timeout, caller));
        opened.set(wrapping, formatDataKeyId(id));
        return { scope: { ...scope, dataKeys: ring }, kmsKeyMaterialId: ring.kmsKeyMaterialId(id) };
      };
      const asking = ask();
      asked.set(wrapping, asking);
      return asking;
    },
    close() {
      for (const ring of rings) ring.close();
    },
  };
}
