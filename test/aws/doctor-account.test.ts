/**
 * The examination of an account: the SDK's own configuration leads to the emulator, and for IAM and CloudTrail, which
 * it does not have, to a server with fixed answers in AWS's format. Whether AWS says the same, only an account tells.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Finding } from '../../src/aws/account/index.ts';
import type { Identity } from '../../src/emulator/index.ts';
import { account, allow, rootArn } from '../emulator/auth-support.ts';
import { complaints, config, find, HOME, type Patient, patient, REPLICA } from './doctor-support.ts';

const TRAIL = `arn:aws:cloudtrail:${HOME}:${account}:trail/audit`;

beforeEach(() => {
  for (const [name, value] of Object.entries({
    AWS_ACCESS_KEY_ID: 'DEPLOYER',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  })) {
    vi.stubEnv(name, value);
  }
});
afterEach(() => vi.unstubAllEnvs());

/** Serves on this machine until the test is over. */
async function serve(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return `http://127.0.0.1:${port}`;
}

/** What was asked, and the answers by operation; what has none is refused. */
async function fixedAnswers(answers: Readonly<Record<string, string>>) {
  const asked: { operation: string; body: string }[] = [];
  const url = await serve(
    createServer(async (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString();
      const target = incoming.headers['x-amz-target'];
      const isJson = typeof target === 'string';
      const operation = isJson
        ? (target.split('.').at(-1) ?? '')
        : (new URLSearchParams(body).get('Action') ?? '');
      asked.push({ operation, body });
      const answer = answers[operation];
      outgoing.writeHead(answer === undefined ? 403 : 200, {
        'content-type': isJson ? 'application/x-amz-json-1.1' : 'text/xml',
      });
      outgoing.end(answer ?? (isJson ? DENIED_JSON : DENIED_XML));
    }),
  );
  return { url, asked };
}

const DENIED_JSON = '{"__type":"AccessDeniedException","Message":"not authorized"}';
const DENIED_XML =
  '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>';

const GOOD_TRAIL = {
  DescribeTrails: JSON.stringify({
    trailList: [{ Name: 'audit', TrailARN: TRAIL, IsMultiRegionTrail: true, HomeRegion: HOME }],
  }),
  GetTrailStatus: '{"IsLogging":true}',
  GetEventSelectors: JSON.stringify({
    TrailARN: TRAIL,
    EventSelectors: [{ ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [] }],
  }),
};

/** The answer of SimulatePrincipalPolicy. */
function simulation(decision: string): string {
  const member = `<member><EvalActionName>a</EvalActionName><EvalResourceName>r</EvalResourceName><EvalDecision>${decision}</EvalDecision></member>`;
  const result = `<EvaluationResults>${member}</EvaluationResults><IsTruncated>false</IsTruncated>`;
  return `<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult>${result}</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`;
}

const DEPLOYER: Identity = {
  accessKeyId: 'DEPLOYER',
  arn: `arn:aws:sts::${account}:assumed-role/Deployer/session`,
  policies: [{ Version: '2012-10-17', Statement: [allow(['kms:*', 'ssm:*'])] }],
};

/** A vault of an account, whose only caller is a role. */
async function inAccount(more: object = {}, answers: Readonly<Record<string, string>> = {}) {
  const one = await patient();
  one.configure(config({ aws: 'account', ...more }));
  one.emulator.setIdentities([DEPLOYER, { accessKeyId: 'root', arn: rootArn, policies: [] }]);
  const fixed = await fixedAnswers(answers);
  vi.stubEnv('AWS_ENDPOINT_URL', one.emulator.endpoint);
  vi.stubEnv('AWS_ENDPOINT_URL_IAM', fixed.url);
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDTRAIL', fixed.url);
  const examine = (options: Parameters<Patient['examine']>[0] = {}): Promise<readonly Finding[]> =>
    one.examine(options, {});
  return { ...one, examine, asked: fixed.asked };
}

describe('the account', () => {
  it('is the one that waxseal.json names', async () => {
    const { examine } = await inAccount({ account }, GOOD_TRAIL);
    const findings = await examine();
    expect(complaints(findings)).toEqual([]);
    expect(find(findings, 'credentials').message).toBe(`${DEPLOYER.arn}, account ${account}`);
    expect(find(findings, 'account')).toMatchObject({ state: 'ok' });
    expect(find(findings, 'trail', REPLICA)).toMatchObject({ state: 'ok' });
  });

  it('is another one: said so, and nothing is written there', async () => {
    const { emulator, examine } = await inAccount({ account: '123456789012' }, GOOD_TRAIL);
    const findings = await examine({ probeWrite: true });
    expect(complaints(findings)).toEqual(['account: fail']);
    expect(find(findings, 'account').message).toBe(
      `credentials are of account ${account}, waxseal.json says 123456789012`,
    );
    expect(emulator.calls.filter(({ operation }) => operation === 'PutParameter')).toEqual([]);
  });

  it('cannot be asked without credentials', async () => {
    const { emulator, examine } = await inAccount();
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    emulator.clearCalls();
    const findings = await examine();
    expect(complaints(findings)).toEqual(['credentials: fail']);
    expect(find(findings, 'credentials').fix).toContain('sign in');
    expect(emulator.calls).toEqual([]);
  });

  it('is asked with credentials that were looked for once', async () => {
    const { examine, folder } = await inAccount({}, GOOD_TRAIL);
    const log = join(folder, 'looked');
    const program = join(folder, 'credentials.sh');
    const found = JSON.stringify({ Version: 1, AccessKeyId: 'DEPLOYER', SecretAccessKey: 'local' });
    writeFileSync(program, `#!/bin/sh\necho looked >> '${log}'\necho '${found}'\n`, { mode: 0o700 });
    writeFileSync(join(folder, 'config'), `[profile work]\ncredential_process = ${program}\n`);
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
    vi.stubEnv('AWS_PROFILE', 'work');
    expect(complaints(await examine())).toEqual([]);
    expect(readFileSync(log, 'utf8')).toBe('looked\n');
  });

  it('is mended by a deploy', async () => {
    const { at, examine } = await inAccount({}, GOOD_TRAIL);
    await at(HOME).ssm.deleteParameter({ Name: '/acme/dev/.waxseal/vault' });
    expect(find(await examine(), 'descriptor', HOME).fix).toContain('npm run deploy');
  });
});

describe('the clock', () => {
  /** Passes everything on to the emulator, and says another time. */
  async function atAnotherTime(endpoint: string, ahead: number): Promise<string> {
    const { hostname, port } = new URL(endpoint);
    return serve(
      createServer((incoming, outgoing) => {
        const { method, url, headers } = incoming;
        const onward = request(
          { hostname, port, method, path: url, headers: { ...headers, host: `${hostname}:${port}` } },
          (answer) => {
            const date = new Date(Date.now() + ahead).toUTCString();
            outgoing.writeHead(answer.statusCode ?? 500, { ...answer.headers, date });
            answer.pipe(outgoing);
          },
        );
        onward.on('error', () => outgoing.destroy());
        incoming.pipe(onward);
      }),
    );
  }

  it.each([
    [0, 'ok', 'agrees'],
    [3 * 60_000, 'warn', '3 min behind AWS'],
    [-10 * 60_000, 'fail', '10 min ahead of AWS'],
  ])('of AWS is %d ms ahead: %s', async (ahead, state, says) => {
    const { emulator, examine } = await inAccount({}, GOOD_TRAIL);
    vi.stubEnv('AWS_ENDPOINT_URL', await atAnotherTime(emulator.endpoint, ahead));
    const finding = find(await examine(), 'clock');
    expect(finding).toMatchObject({ state });
    expect(finding.message).toContain(says);
  });
});

describe('IAM', () => {
  it('is asked about the role of the session, and about this vault', async () => {
    const { asked, examine } = await inAccount(
      {},
      { ...GOOD_TRAIL, SimulatePrincipalPolicy: simulation('allowed') },
    );
    const findings = await examine();
    for (const check of ['write', 'administer'] as const) {
      expect(find(findings, check, HOME)).toMatchObject({ state: 'ok' });
    }
    const simulations = asked.filter(({ operation }) => operation === 'SimulatePrincipalPolicy');
    const fields = simulations.map(({ body }) => new URLSearchParams(body));
    // GetRole was refused: the session's own ARN tells the role's, where that has no path.
    expect(new Set(fields.map((one) => one.get('PolicySourceArn')))).toEqual(
      new Set([`arn:aws:iam::${account}:role/Deployer`]),
    );
    expect(fields.map((one) => one.get('ResourceArns.member.1'))).toContain(
      `arn:aws:ssm:${REPLICA}:${account}:parameter/acme/dev/EXAMPLE`,
    );
  });

  it('says no', async () => {
    const { examine } = await inAccount(
      {},
      { ...GOOD_TRAIL, SimulatePrincipalPolicy: simulation('implicitDeny') },
    );
    const findings = await examine();
    expect(complaints(findings)).toEqual([]);
    expect(find(findings, 'write', HOME)).toMatchObject({
      state: 'info',
      message: 'you may not write secrets: ssm:PutParameter is not allowed',
      fix: expect.stringContaining('waxseal.acme.dev.writer') as string,
    });
  });

  it('may not be asked: then nobody knows, and the way to find out is named', async () => {
    const { examine } = await inAccount({}, GOOD_TRAIL);
    const finding = find(await examine(), 'write', HOME);
    expect(finding).toMatchObject({ state: 'untested' });
    expect(finding.message).toContain('iam:SimulatePrincipalPolicy is not allowed');
    expect(finding.fix).toContain('--probe-write');
  });
});

describe('CloudTrail', () => {
  const email = { alarms: { email: ['ops@example.com'] } };

  it('without a trail keeps the alarms silent', async () => {
    const { examine } = await inAccount(email, { ...GOOD_TRAIL, DescribeTrails: '{"trailList":[]}' });
    expect(complaints(await examine())).toEqual([`trail ${HOME}: fail`, `trail ${REPLICA}: fail`]);
  });

  it('with a trail of one region covers that region', async () => {
    const trail = { Name: 'audit', TrailARN: TRAIL, IsMultiRegionTrail: false, HomeRegion: HOME };
    const { examine } = await inAccount(email, {
      ...GOOD_TRAIL,
      DescribeTrails: JSON.stringify({ trailList: [trail] }),
    });
    expect(complaints(await examine())).toEqual([`trail ${REPLICA}: fail`]);
  });

  it('with a trail that is stopped says how to start it', async () => {
    const { examine } = await inAccount(email, { ...GOOD_TRAIL, GetTrailStatus: '{"IsLogging":false}' });
    expect(find(await examine(), 'trail', REPLICA)).toMatchObject({
      state: 'fail',
      fix: `aws cloudtrail start-logging --name ${TRAIL} --region ${HOME}`,
    });
  });

  it('may not be asked: then nobody knows', async () => {
    const { examine } = await inAccount(email);
    const findings = await examine();
    expect(complaints(findings)).toEqual([]);
    expect(find(findings, 'trail', HOME)).toMatchObject({ state: 'untested' });
  });
});
