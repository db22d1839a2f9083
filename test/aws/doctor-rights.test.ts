import { describe, expect, it } from 'vitest';
import { type AccessLevel, accessPolicy } from '../../src/config/index.ts';
import type { CallRecord, Identity, PolicyDocument } from '../../src/emulator/index.ts';
import { account, allow, deny, rootArn } from '../emulator/auth-support.ts';
import { present } from '../emulator/support.ts';
import { rejection } from '../support/world.ts';
import {
  ALIAS,
  complaints,
  DESCRIPTOR,
  find,
  HOME,
  type Patient,
  patient,
  REPLICA,
  VAULT,
} from './doctor-support.ts';

/** The key that waxseal signs with at an endpoint, and one that may look behind it. */
function identities(policies: readonly PolicyDocument[]): readonly Identity[] {
  return [
    { accessKeyId: 'waxseal', arn: `arn:aws:sts::${account}:assumed-role/somebody/session`, policies },
    { accessKeyId: 'root', arn: rootArn, policies: [] },
  ];
}

function policyOf(level: AccessLevel, { keyId }: Patient): PolicyDocument {
  const where = { account, partition: 'aws', vault: VAULT, alias: ALIAS, descriptorName: DESCRIPTOR };
  return accessPolicy(level, { ...where, keyId });
}

async function as(level: AccessLevel, more: readonly object[] = []): Promise<Patient> {
  const one = await patient();
  const statement = { Version: '2012-10-17', Statement: more };
  one.emulator.setIdentities(identities([policyOf(level, one), ...(more.length > 0 ? [statement] : [])]));
  return one;
}

describe('rights', () => {
  it('a reader may read and may not write, which is no failure', async () => {
    const { examine } = await as('reader');
    const findings = await examine();
    expect(complaints(findings)).toEqual([]);
    for (const region of [HOME, REPLICA]) {
      expect(find(findings, 'read', region)).toMatchObject({ state: 'ok', message: 'you may read secrets' });
      expect(find(findings, 'write', region)).toMatchObject({
        state: 'info',
        message: 'you may not write secrets: kms:GenerateDataKey is not allowed',
      });
      expect(find(findings, 'administer', region)).toMatchObject({ state: 'info' });
    }
  });

  it('an auditor sees the sealed parameters and opens nothing', async () => {
    const { examine } = await as('auditor');
    const findings = await examine();
    expect(complaints(findings)).toEqual([]);
    expect(find(findings, 'read', HOME)).toMatchObject({
      state: 'info',
      message: 'you may not read secrets: kms:Decrypt is not allowed',
    });
  });

  it('who may read nothing at all has a problem', async () => {
    const one = await patient();
    one.emulator.setIdentities(identities([]));
    const findings = await one.examine();
    expect(complaints(findings)).toEqual([`read ${HOME}: fail`, `read ${REPLICA}: fail`]);
    expect(find(findings, 'key', HOME)).toMatchObject({ state: 'untested' });
    expect(find(findings, 'read', HOME).fix).toContain('waxseal.acme.dev.reader');
  });
});

describe('--probe-write', () => {
  it('shows that a writer may write, and leaves nothing behind', async () => {
    const { emulator, examine, names } = await as('writer');
    const before = [await names(HOME), await names(REPLICA)];
    emulator.clearCalls();
    const findings = await examine({ probeWrite: true });
    expect(complaints(findings)).toEqual([]);
    for (const region of [HOME, REPLICA]) {
      expect(find(findings, 'write', region)).toMatchObject({
        state: 'ok',
        message: 'you may write secrets',
      });
    }
    expect(done(emulator.calls, 'PutParameter')).toEqual([REPLICA, HOME]);
    expect(done(emulator.calls, 'DeleteParameter')).toEqual([REPLICA, HOME]);
    expect([await names(HOME), await names(REPLICA)]).toEqual(before);
  });

  it('reports that a reader may not', async () => {
    const { emulator, examine, names } = await as('reader');
    const before = await names(HOME);
    emulator.clearCalls();
    const findings = await examine({ probeWrite: true });
    expect(complaints(findings)).toEqual([]);
    expect(find(findings, 'write', HOME)).toMatchObject({
      state: 'info',
      message: 'you may not write secrets: kms:GenerateDataKey, ssm:PutParameter are not allowed',
    });
    expect(done(emulator.calls, 'PutParameter')).toEqual([]);
    expect(await names(HOME)).toEqual(before);
  });

  it('names what it may not delete, with the command that does', async () => {
    const one = await as('writer', [deny('ssm:DeleteParameter')]);
    const findings = await one.examine({ probeWrite: true });
    const left = (await one.names(HOME)).filter((name) => name.includes('/probe-'));
    expect(left).toHaveLength(1);
    expect(complaints(findings)).toEqual([`write ${HOME}: warn`, `write ${REPLICA}: warn`]);
    const warning = present(findings.find(({ state, region }) => state === 'warn' && region === HOME));
    expect(warning.message).toContain(present(left[0]));
    expect(warning.fix).toContain(`aws ssm delete-parameter --name ${left[0]} --region ${HOME}`);
  });

  it('says where past parts of large secrets could not be removed, as with a policy of before', async () => {
    const parts = [`arn:aws:ssm:*:${account}:parameter${VAULT}/.waxseal/large/*`];
    const one = await as('writer', [deny('ssm:DeleteParameter', parts)]);
    const before = await one.names(HOME);
    const findings = await one.examine({ probeWrite: true });
    expect(complaints(findings)).toEqual([`write ${HOME}: warn`, `write ${REPLICA}: warn`]);
    const warning = present(findings.find(({ state, region }) => state === 'warn' && region === HOME));
    expect(warning.message).toContain(`ssm:DeleteParameter is not allowed on ${VAULT}/.waxseal/large/*`);
    expect(await one.names(HOME)).toEqual(before);
  });

  it('takes away what was written although the answer got lost', async () => {
    const { emulator, examine, names } = await patient();
    emulator.setFault({ region: HOME, kind: 'lost-answer', operation: 'PutParameter' });
    const findings = await examine({ probeWrite: true });
    expect(find(findings, 'write', HOME)).toMatchObject({ state: 'untested' });
    expect((await names(HOME)).filter((name) => name.includes('/probe-'))).toEqual([]);
  });

  it('cleans up when it is interrupted', async () => {
    const interrupt = new AbortController();
    const onCall = ({ operation }: CallRecord): void => {
      if (operation === 'PutParameter') interrupt.abort(new Error('interrupted'));
    };
    const { emulator, examine, names } = await patient({ onCall });
    await rejection(examine({ probeWrite: true, signal: interrupt.signal }), 'cancelled');
    expect(done(emulator.calls, 'PutParameter').length).toBeGreaterThan(0);
    for (const region of [HOME, REPLICA]) {
      expect((await names(region)).filter((name) => name.includes('/probe-'))).toEqual([]);
    }
  });

  it('says what it leaves when it is interrupted and may not delete', async () => {
    const interrupt = new AbortController();
    const onCall = ({ operation }: CallRecord): void => {
      if (operation === 'PutParameter') interrupt.abort(new Error('interrupted'));
    };
    const one = await patient({ onCall });
    const mayPut = { Version: '2012-10-17', Statement: [allow('ssm:PutParameter')] };
    one.emulator.setIdentities(identities([policyOf('reader', one), mayPut]));
    const error = await rejection(one.examine({ probeWrite: true, signal: interrupt.signal }), 'cancelled');
    expect(error.hint).toMatch(/aws ssm delete-parameter --name \/acme\/dev\/\.waxseal\/probe-[0-9a-f]{16}/);
  });
});

/** The regions where an operation was done, in the order of their names. */
function done(calls: readonly CallRecord[], operation: string): readonly string[] {
  return calls
    .filter((call) => call.operation === operation && call.error === undefined)
    .map(({ region }) => region)
    .sort();
}
