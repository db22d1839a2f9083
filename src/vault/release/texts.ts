/** A release that was kept outside of Parameter Store. */
import { parseEntry } from '../../envelope/index.ts';
import type { Region, StoredParameter } from '../ports.ts';
import type { VaultScope } from '../scope.ts';
import { type OpenedRelease, openBody, openHead } from './open.ts';
import { releaseNames } from './place.ts';
import type { SealedTexts } from './types.ts';

/**
 * Opens a release from its texts, by KMS alone as long as all of its parts are among them.
 * @throws WaxsealError what opening an entry can meet, `release_incomplete`
 */
export async function openTexts(
  scope: VaultScope,
  region: Region,
  sealed: SealedTexts,
  signal: AbortSignal,
): Promise<OpenedRelease> {
  const names = releaseNames(scope.path);
  const kept = (name: string, value: string): StoredParameter => ({ name, value, version: 0 });
  const stored = kept(names.head, sealed.head);
  const head = await openHead(scope, region, { entry: parseEntry(sealed.head), stored }, signal);
  const parts = sealed.parts.map((text, i): [string, StoredParameter] => {
    const name = names.part(i);
    return [name, kept(name, text)];
  });
  return openBody(scope, region, names, head, new Map(parts), signal);
}
