/**
 * TLS in front of the emulator: a way in for each service, as AWS has a host for each, so that a start shakes hands
 * twice. What arrives is passed on as it is.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import type { Env } from './vaults.ts';

/** Both ways in. */
export interface SecureAws {
  /** What a process is given to find them and to believe their certificate. */
  readonly env: Env;
  stop(): Promise<void>;
}

/** Opens them. @param folder - where the certificate is put @throws Error when there is no openssl to make one */
export async function startTls(endpoint: string, folder: string): Promise<SecureAws> {
  const certificate = selfSigned(folder);
  const [ssm, kms] = await Promise.all([passOn(endpoint, certificate), passOn(endpoint, certificate)]);
  return {
    env: {
      AWS_ENDPOINT_URL_SSM: ssm.url,
      AWS_ENDPOINT_URL_KMS: kms.url,
      NODE_EXTRA_CA_CERTS: certificate.file,
    },
    stop: async () => void (await Promise.all([ssm.stop(), kms.stop()])),
  };
}

interface Certificate {
  readonly key: Buffer;
  readonly cert: Buffer;
  /** Where the certificate lies. */
  readonly file: string;
}

/** A certificate for this machine that signs itself, of the kind that AWS has. */
function selfSigned(folder: string): Certificate {
  const [key, file] = [join(folder, 'tls.key'), join(folder, 'tls.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const kind = ['-newkey', 'rsa:2048', '-nodes', '-days', '1'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', file], {
    stdio: 'ignore',
  });
  return { key: readFileSync(key), cert: readFileSync(file), file };
}

async function passOn(
  endpoint: string,
  { key, cert }: Certificate,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const { hostname, port } = new URL(endpoint);
  const open = new Set<TLSSocket>();
  const server = createServer({ key, cert, noDelay: true }, (secure) => {
    const plain = connect({ host: hostname, port: Number(port), noDelay: true });
    open.add(secure);
    // A process that ends cuts its connections; that is how a start is over.
    secure.on('error', () => plain.destroy()).on('close', () => open.delete(secure));
    plain.on('error', () => secure.destroy());
    secure.pipe(plain).pipe(secure);
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
