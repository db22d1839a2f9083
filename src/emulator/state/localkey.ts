import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { broken, fileNames, ifThere } from './folder.ts';

/** Seals what is written to disk; key material and SecureStrings never get there in plain. */
export interface Sealer {
  /** Base64 of nonce, ciphertext and tag. `place` is authenticated: a line can't be moved elsewhere. */
  seal(text: string, place: string): string;
  /** Undefined where text, place and key do not belong together. */
  open(sealed: string, place: string): string | undefined;
}

export function createSealer(key: Buffer): Sealer {
  return {
    seal: (text, place) => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place));
      const parts = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat(parts).toString('base64');
    },
    open: (sealed, place) => {
      const bytes = Buffer.from(sealed, 'base64');
      if (bytes.length < 28) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 });
      decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-16));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}

/**
 * The folder's key, made when there is none yet.
 * @param hasState whether sealed files are there already: then a missing key is a loss, not a beginning
 * @throws EmulatorError emulator_state_broken
 */
export async function openLocalKey(dir: string, hasState: boolean): Promise<Sealer> {
  const path = join(dir, fileNames.key);
  const found = await ifThere(readFile(path));
  if (found === undefined && hasState) throw broken(path, 'is missing');
  const key = found ?? (await makeKey(path));
  if (key.length !== 32) throw broken(path, 'is not a key of 32 bytes');
  return createSealer(key);
}

// Linked into place when complete: no reader ever sees half a key, and an existing one is not replaced.
async function makeKey(path: string): Promise<Buffer> {
  const made = randomBytes(32);
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(temporary, made, { mode: 0o600, flag: 'wx', flush: true });
    await link(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  return made;
}
