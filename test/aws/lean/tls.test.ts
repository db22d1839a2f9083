/** TLS: what is believed, and what is kept from one call to the next. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { rejection } from '../../support/world.ts';
import { lean, listening, parameters, standIn } from './support.ts';

interface Certificate {
  readonly key: string;
  readonly cert: string;
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A certificate for this machine that signs itself: Node can't make one. */
function selfSigned(): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-tls-'));
  try {
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
    const files = ['-keyout', key, '-out', cert];
    execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * A server with TLS, and for each connection whether it took up an earlier session.
 * @param once - each connection serves one request
 */
async function secure(certificate: Certificate, once: boolean): Promise<{ url: string; resumed: boolean[] }> {
  const resumed: boolean[] = [];
  const server = createServer(certificate, (request, response) => {
    if (once) response.setHeader('connection', 'close');
    request.resume().on('end', () => response.end(parameters({ '/a': 'b' }).body));
  });
  server.on('secureConnection', (socket) => resumed.push(socket.isSessionReused()));
  return { url: `https://127.0.0.1:${await listening(server)}`, resumed };
}

const skipped = hasOpenssl() ? undefined : 'there is no openssl to make a certificate with';
if (skipped !== undefined) console.info(`TLS is skipped: ${skipped}`);

describe.skipIf(skipped !== undefined)('over TLS', () => {
  const before = getCACertificates('default');
  let trusted: Certificate;
  beforeAll(() => {
    trusted = selfSigned();
    setDefaultCACertificates([...before, trusted.cert]);
  });
  afterAll(() => setDefaultCACertificates(before));

  it('many calls go over one connection', async () => {
    const { url, resumed } = await secure(trusted, false);
    const { store } = lean(standIn(url));
    for (let n = 0; n < 20; n += 1) expect((await store.read(['/a'])).size).toBe(1);
    expect(resumed).toEqual([false]);
  });

  it('a new connection takes up the session of the one before', async () => {
    const { url, resumed } = await secure(trusted, true);
    const { store } = lean(standIn(url));
    for (let n = 0; n < 3; n += 1) expect((await store.read(['/a'])).size).toBe(1);
    expect(resumed).toEqual([false, true, true]);
  });

  it('a call finds hands shaken where it was prepared, and its session is kept for the next', async () => {
    const { url, resumed } = await secure(trusted, true);
    const { store, keys } = lean(standIn(url));
    keys.prepare?.();
    keys.prepare?.();
    await vi.waitFor(() => expect(resumed).toHaveLength(1));
    // Whoever asks first takes it: here both services are one server.
    expect((await store.read(['/a'])).size).toBe(1);
    expect(resumed).toEqual([false]);
    expect((await store.read(['/a'])).size).toBe(1);
    expect(resumed).toEqual([false, true]);
  });

  it('a call that finds hands shaken is not given up for want of a connection', async () => {
    const { url, resumed } = await secure(trusted, false);
    const { store, keys } = lean({ ...standIn(url), limits: { connect: 1, request: 5_000 } });
    keys.prepare?.();
    await vi.waitFor(() => expect(resumed).toHaveLength(1));
    await store.read(['/a']);
    expect(resumed).toEqual([false]);
  });

  it('a connection that was prepared and is lost again costs nothing', async () => {
    const { url } = await secure(trusted, false);
    const gone = createServer(trusted);
    const port = await listening(gone);
    await new Promise((resolve) => gone.close(resolve));
    const urls = [`https://127.0.0.1:${port}`, url, url];
    const { store, keys } = lean({ local: { url: () => urls.shift() ?? url } });
    keys.prepare?.();
    expect((await store.read(['/a'])).size).toBe(1);
  });

  it('a server that nobody vouches for is sent nothing, once', async () => {
    let tried = 0;
    const server = createServer(selfSigned(), () => expect.fail('a request got through'));
    server.on('connection', () => {
      tried += 1;
    });
    onTestFinished(() => void server.close());
    const error = await rejection(
      lean(standIn(`https://127.0.0.1:${await listening(server)}`)).store.read(['/a']),
      'unexpected',
    );
    expect(error.message).toContain('self-signed certificate');
    expect(tried).toBe(1);
  });
});
