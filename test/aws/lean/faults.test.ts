import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ErrorCode } from '../../../src/errors.ts';
import { allow, user } from '../../emulator/auth-support.ts';
import { clients, present } from '../../emulator/support.ts';
import { cases } from '../../support/seed.ts';
import { rejection } from '../../support/world.ts';
import { CONTEXT, HOME, lean, refusal, serve, standIn, world } from './support.ts';

const NAME = '/acme/dev/A';
const IMPATIENT = { limits: { connect: 400, request: 400 } };

describe('what AWS answers is said in stable codes', () => {
  it.each<[string, ErrorCode]>([
    ['AccessDeniedException', 'denied'],
    ['ExpiredTokenException', 'credentials'],
    ['UnrecognizedClientException', 'credentials'],
    ['InvalidSignatureException', 'credentials'],
    ['ValidationException', 'rejected'],
  ])('%s on reading is %s, and not tried again', async (code, expected) => {
    const { emulator, store } = await world();
    emulator.setFault({ region: '*', kind: 'error', code });
    const error = await rejection(store.read([NAME]), expected);
    expect(error.message).toContain('ssm:GetParameters');
    expect(error.region).toBe(HOME);
    expect(error.cause).toBeInstanceOf(Error);
    expect(emulator.calls).toHaveLength(1);
  });

  it.each<[string, ErrorCode]>([
    ['DisabledException', 'key_unusable'],
    ['KMSInvalidStateException', 'key_unusable'],
    ['NotFoundException', 'key_not_found'],
    ['IncorrectKeyException', 'foreign_key'],
    ['InvalidCiphertextException', 'decrypt_failed'],
    ['AccessDeniedException', 'denied'],
    ['KMSInternalException', 'unexpected'],
    ['DependencyTimeoutException', 'unreachable'],
  ])('%s of KMS is %s', async (code, expected) => {
    const { emulator, keys, wrapped } = await world();
    emulator.setFault({ region: '*', kind: 'error', code });
    const error = await rejection(keys.unwrap(wrapped, CONTEXT), expected);
    expect(error.message).toContain('kms:Decrypt');
  });

  it('a disabled key, another key, no key and another context are each their own', async () => {
    const { kms, emulator, keys, keyId, wrapped } = await world();
    const opened = await keys.unwrap(wrapped, CONTEXT);
    expect(opened.kmsKeyId).toBe(keyId);
    expect(opened.kmsKeyMaterialId).toMatch(/^[0-9a-f]{64}$/);
    await rejection(keys.unwrap(wrapped, { 'waxseal:vault': '/other' }), 'decrypt_failed');
    const { KeyMetadata } = await kms.createKey({});
    const other = lean(standIn(emulator.endpoint), present(KeyMetadata?.KeyId));
    await rejection(other.keys.unwrap(wrapped, CONTEXT), 'foreign_key');
    await rejection(lean(standIn(emulator.endpoint)).keys.unwrap(wrapped, CONTEXT), 'key_not_found');
    await kms.disableKey({ KeyId: keyId });
    await rejection(keys.unwrap(wrapped, CONTEXT), 'key_unusable');
  });

  it('a caller that IAM does not let in is denied', async () => {
    const { emulator, store, keys, wrapped } = await world();
    emulator.setIdentities([user('waxseal', allow('ssm:GetParameters'))]);
    expect((await store.read([NAME])).get(NAME)?.value).toBe('a');
    await rejection(keys.unwrap(wrapped, CONTEXT), 'denied');
  });
});

describe('what passes is waited out', () => {
  it.each(['throttle', 'down', 'lost-answer'] as const)('%s, twice', async (kind) => {
    const { emulator, store } = await world();
    emulator.setFault({ region: HOME, kind, times: 2 });
    expect((await store.read([NAME])).get(NAME)?.value).toBe('a');
    expect(emulator.calls).toHaveLength(3);
  });

  // Many that start at once share one quota, so being throttled is waited out for longer.
  it.each(
    cases<['throttle' | 'down' | 'lost-answer', number, ErrorCode]>(2, [
      ['down', 3, 'unreachable'],
      ['lost-answer', 3, 'unreachable'],
      ['throttle', 8, 'throttled'],
    ]),
  )('%s for ever ends after %i attempts as %s', async (kind, attempts, code) => {
    const { emulator, store } = await world();
    emulator.setFault({ region: HOME, kind });
    await rejection(store.read([NAME]), code);
    expect(emulator.calls).toHaveLength(attempts);
  });

  it.each(['hang', 'half-open'] as const)('%s ends each attempt at its time limit', async (kind) => {
    const { emulator, store } = await world(IMPATIENT);
    emulator.setFault({ region: HOME, kind, times: 1 });
    expect((await store.read([NAME])).size).toBe(1);
    emulator.setFault({ region: HOME, kind });
    emulator.clearCalls();
    const error = await rejection(store.read([NAME]), 'timeout');
    expect(error.hint).toContain('endpoint');
    expect(emulator.calls).toHaveLength(3);
  });

  it('nobody there is unreachable, and a server that never speaks times out', async () => {
    await rejection(lean(standIn('http://127.0.0.1:1')).store.read([NAME]), 'unreachable');
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as { port: number };
    const options = { ...standIn(`http://127.0.0.1:${port}`), ...IMPATIENT };
    await rejection(lean(options).store.read([NAME]), 'timeout');
    // TLS that never begins is a connection that was never made.
    const secure = { ...standIn(`https://127.0.0.1:${port}`), limits: { connect: 100, request: 60_000 } };
    const error = await rejection(lean(secure).store.read([NAME]), 'timeout');
    expect((error.cause as Error).message).toBe('no connection within 100 ms');
  });

  it('a server that has moved is asked where it is now', async () => {
    const { emulator } = await world();
    let url = 'http://127.0.0.1:1';
    const renew = async (): Promise<string> => {
      url = emulator.endpoint;
      return url;
    };
    const moved = lean({ local: { url: () => url, renew } });
    expect((await moved.store.read([NAME])).size).toBe(1);
    expect((await moved.store.read([NAME])).size).toBe(1);
  });
});

describe('listing', () => {
  it('goes on past empty pages', async () => {
    const { emulator, ssm, store } = await world();
    for (let n = 0; n < 12; n += 1) {
      await ssm.putParameter({ Name: `/acme/dev/many/${n}`, Value: `${n}`, Type: 'String' });
    }
    emulator.setFault({ region: '*', kind: 'empty-pages' });
    emulator.clearCalls();
    const names: string[] = [];
    for await (const { name } of store.list('/acme/dev/many')) names.push(name);
    expect(names).toHaveLength(12);
    expect(emulator.calls).toHaveLength(4);
  });

  it('gives what the SDK gives, dates and selectors too', async () => {
    const { emulator, store } = await world();
    const { ssm } = clients(emulator.endpoint);
    await ssm.putParameter({ Name: NAME, Value: 'ü "b"\n', Type: 'String', Overwrite: true });
    const { Parameters = [] } = await ssm.getParameters({ Names: [`${NAME}:1`, NAME] });
    const found = await store.read([`${NAME}:1`, NAME, '/acme/dev/nothing']);
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(
        Parameters.map(({ Name, Selector = '', Value, Version, LastModifiedDate }) => [
          `${Name}${Selector}`,
          { name: Name, value: Value, version: Version, modifiedAt: LastModifiedDate?.getTime() },
        ]),
      ),
    );
  });
});

describe('calling off', () => {
  it('ends a call at once, whatever it waits for', async () => {
    const { emulator, store } = await world();
    emulator.setFault({ region: HOME, kind: 'hang' });
    const stop = new AbortController();
    const reading = rejection(store.read([NAME], stop.signal), 'timeout');
    await expect.poll(() => emulator.calls.length).toBe(1);
    stop.abort();
    await reading;
    expect(emulator.calls).toHaveLength(1);
    await rejection(store.read([NAME], AbortSignal.abort()), 'timeout');
    expect(emulator.calls).toHaveLength(1);
  });

  it('ends the wait between attempts', async () => {
    const { url, heard } = await serve(() =>
      refusal('ThrottlingException', { headers: { 'retry-after': '4' } }),
    );
    const stop = new AbortController();
    const reading = rejection(lean(standIn(url)).store.read([NAME], stop.signal), 'timeout');
    await expect.poll(() => heard.length).toBe(1);
    stop.abort();
    await reading;
    expect(heard).toHaveLength(1);
  });

  it('a client that was closed makes no more calls', async () => {
    const { client, emulator, store } = await world();
    await store.read([NAME]);
    await client.close();
    await rejection(store.read([NAME]), 'timeout');
    expect(emulator.calls).toHaveLength(1);
  });
});
