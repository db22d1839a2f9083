import { expect, test } from 'vitest';
import { kmsNeeds } from '../../src/emulator/auth/kms-needs.ts';
import { ssmNeeds } from '../../src/emulator/auth/ssm-needs.ts';
import type { Identity } from '../../src/emulator/index.ts';
import { kmsOperations } from '../../src/emulator/kms/operations.ts';
import { ssmOperations } from '../../src/emulator/ssm/operations.ts';
import { account, allow, as, deny, rootArn, user, userArn } from './auth-support.ts';
import { send, typeOf } from './http.ts';
import { code, failure, start } from './support.ts';

const everything = allow('*');

function signed(service: string, accessKeyId: string): string {
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;
}

function callerIdentity(endpoint: string, accessKeyId: string) {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: signed('sts', accessKeyId),
  };
  return send(endpoint, '/', headers, 'Action=GetCallerIdentity&Version=2011-06-15');
}

test('every operation has its rule', () => {
  expect(Object.keys(kmsNeeds).sort()).toEqual(Object.keys(kmsOperations).sort());
  expect(Object.keys(ssmNeeds).sort()).toEqual(Object.keys(ssmOperations).sort());
});

test('with none set everybody is root; with any set an unknown key is refused; and back', async () => {
  const { emulator, ssm } = await start();
  expect(emulator.identities).toEqual([]);
  await ssm.putParameter({ Name: '/a', Value: 'x', Type: 'String' });
  emulator.setIdentities([user('ANN', everything)]);
  expect(await failure(ssm.getParameter({ Name: '/a' }))).toBe(
    'UnrecognizedClientException: The security token included in the request is invalid.',
  );
  expect(emulator.calls.at(-1)).toMatchObject({ status: 400, error: 'UnrecognizedClientException' });
  const sts = await callerIdentity(emulator.endpoint, 'AKIDEXAMPLE');
  expect(sts.status).toBe(403);
  expect(sts.body).toContain('<Code>InvalidClientTokenId</Code>');
  expect((await as(emulator.endpoint, 'ANN').ssm.getParameter({ Name: '/a' })).Parameter?.Value).toBe('x');
  emulator.setIdentities([]);
  expect((await ssm.getParameter({ Name: '/a' })).Parameter?.Value).toBe('x');
});

test('STS and LastModifiedUser name the identity', async () => {
  const app: Identity = {
    accessKeyId: 'APP',
    arn: `arn:aws:sts::${account}:assumed-role/app/i-1`,
    policies: [{ Statement: everything }],
  };
  const root: Identity = { accessKeyId: 'ROOT', arn: rootArn, account, policies: [] };
  const { emulator } = await start({ identities: [user('ANN', deny('*')), app, root] });
  const { endpoint } = emulator;
  // No right is needed, and no deny forbids it.
  expect((await callerIdentity(endpoint, 'ANN')).body).toMatch(
    new RegExp(`<Arn>${userArn('ANN')}</Arn><UserId>AIDA[0-9A-F]{17}</UserId><Account>${account}</Account>`),
  );
  expect((await callerIdentity(endpoint, 'APP')).body).toMatch(
    /<Arn>[^<]*assumed-role\/app\/i-1<\/Arn><UserId>AROA[0-9A-F]{17}:i-1<\/UserId>/,
  );
  expect((await callerIdentity(endpoint, 'ROOT')).body).toContain(`<UserId>${account}</UserId>`);
  const { ssm } = as(endpoint, 'APP');
  await ssm.putParameter({ Name: '/a', Value: 'x', Type: 'String' });
  const { Parameters } = await as(endpoint, 'ROOT').ssm.describeParameters({});
  expect(Parameters?.[0]?.LastModifiedUser).toBe(app.arn);
});

test('the control endpoint sets and tells identities', async () => {
  const { emulator, ssm } = await start();
  const { endpoint } = emulator;
  const path = '/_waxseal/identities';
  const json = { 'content-type': 'application/json' };
  const list = [user('ANN', everything)];
  const put = await send(endpoint, path, json, JSON.stringify(list), 'PUT');
  expect([put.status, JSON.parse(put.body)]).toEqual([200, list]);
  expect(JSON.parse((await send(endpoint, path)).body)).toEqual(list);
  expect(emulator.identities).toEqual(list);
  expect(await code(ssm.getParameter({ Name: '/a' }))).toBe('UnrecognizedClientException');

  const bad = [user('ANN', { ...everything, Condition: { StringEqual: { k: 'v' } } })];
  const refused = await send(endpoint, path, json, JSON.stringify(bad), 'PUT');
  expect(refused.status).toBe(400);
  expect(refused.body).toContain('StringEqual');
  expect((await send(endpoint, path, {}, '[]', 'PUT')).status).toBe(415);
  expect((await send(endpoint, path, { ...json, origin: 'http://x' }, '[]', 'PUT')).status).toBe(403);
  expect(emulator.identities).toEqual(list);
  expect((await send(endpoint, path, json, '[]', 'PUT')).status).toBe(200);
  expect(await code(ssm.getParameter({ Name: '/a' }))).toBe('ParameterNotFound');
});

test('a list that is changed afterwards changes nothing', async () => {
  const list = [user('ANN', everything)];
  const { emulator } = await start({ identities: list });
  list.push(user('BOB', everything));
  (emulator.identities as Identity[]).push(user('BOB', everything));
  expect(emulator.identities).toHaveLength(1);
  expect(await code(as(emulator.endpoint, 'BOB').ssm.getParameter({ Name: '/a' }))).toBe(
    'UnrecognizedClientException',
  );
});

test('a refusal reads as that of AWS, and nothing has happened', async () => {
  const name = `arn:aws:ssm:us-east-1:${account}:parameter/a/b`;
  const { emulator } = await start({
    identities: [
      user('ANN', everything),
      user('BOB', allow('ssm:Get*')),
      user('EVE', everything, deny('ssm:Put*')),
    ],
  });
  const { endpoint } = emulator;
  const put = { Name: '/a/b', Value: 'x', Type: 'String' } as const;
  expect(await failure(as(endpoint, 'BOB').ssm.putParameter(put))).toBe(
    `AccessDeniedException: User: ${userArn('BOB')} is not authorized to perform: ssm:PutParameter on resource: ${name} because no identity-based policy allows the ssm:PutParameter action`,
  );
  expect(await failure(as(endpoint, 'EVE').ssm.putParameter(put))).toBe(
    `AccessDeniedException: User: ${userArn('EVE')} is not authorized to perform: ssm:PutParameter on resource: ${name} with an explicit deny in an identity-based policy`,
  );
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AmazonSSM.PutParameter',
    authorization: signed('ssm', 'BOB'),
  };
  const answer = await send(endpoint, '/', headers, JSON.stringify(put));
  expect([answer.status, typeOf(answer)]).toEqual([400, 'AccessDeniedException']);
  expect(await code(as(endpoint, 'BOB').ssm.getParameter({ Name: '/a/b' }))).toBe('ParameterNotFound');
  // What is malformed is told before anybody is asked for rights.
  expect(await code(as(endpoint, 'BOB').ssm.putParameter({ ...put, Value: '' }))).toBe('ValidationException');
});
