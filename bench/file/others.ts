/** What else on this machine encrypts, for information. */
import { execFileSync, spawnSync } from 'node:child_process';

/** Lines about `openssl speed` and `age`, where they are there. @param place - of a file; "plain" is there already */
export function others(place: (name: string) => string, mib: number): readonly string[] {
  return [openssl(), age(place, mib)];
}

function openssl(): string {
  const args = ['speed', '-seconds', '1', '-bytes', '524288', '-evp', 'aes-256-gcm'];
  const { status, stdout } = spawnSync('openssl', args, { encoding: 'utf8' });
  const thousands = /([\d.]+)k\s*$/.exec(stdout ?? '')?.[1];
  if (status !== 0 || thousands === undefined) return '`openssl speed`: openssl is not there';
  const rate = (Number(thousands) * 1000) / 1024 / 1024;
  return `\`openssl speed\`, AES-256-GCM in memory: ${rate.toFixed(0)} MiB a second`;
}

function age(place: (name: string) => string, mib: number): string {
  if (spawnSync('age', ['--version']).status !== 0) return '`age`: not on PATH';
  execFileSync('age-keygen', ['-o', place('age.key')], { stdio: 'ignore' });
  const recipient = execFileSync('age-keygen', ['-y', place('age.key')], { encoding: 'utf8' }).trim();
  const rate = (...args: readonly string[]): string => {
    const from = performance.now();
    execFileSync('age', args);
    return ((mib / (performance.now() - from)) * 1000).toFixed(0);
  };
  const sealed = rate('-r', recipient, '-o', place('age'), place('plain'));
  const opened = rate('-d', '-i', place('age.key'), '-o', place('age.out'), place('age'));
  return `\`age\`, without an fsync: encrypts ${sealed}, decrypts ${opened} MiB a second`;
}
