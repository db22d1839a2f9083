import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { start } from './support.ts';

const run = promisify(execFile);

function has(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Nothing of the machine's own AWS settings, so that nothing can leave it. */
const environment = (endpoint: string): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_PAGER: '',
});

const script = `
import boto3, json
ssm, kms, sts = boto3.client('ssm'), boto3.client('kms'), boto3.client('sts')
assert sts.get_caller_identity()['Account'] == '000000000000'
key = kms.create_key(MultiRegion=True)['KeyMetadata']['KeyId']
blob = kms.encrypt(KeyId=key, Plaintext=b'hello', EncryptionContext={'a': 'b'})['CiphertextBlob']
assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={'a': 'b'})['Plaintext'] == b'hello'
for n in range(12):
    ssm.put_parameter(Name='/boto/%d' % n, Value='v', Type='SecureString', KeyId=key)
pages = ssm.get_paginator('get_parameters_by_path').paginate(Path='/boto', WithDecryption=True)
found = [p['Value'] for page in pages for p in page['Parameters']]
try:
    ssm.get_parameter(Name='/none')
    missing = None
except ssm.exceptions.ParameterNotFound as error:
    missing = error.response['Error']['Code']
print(json.dumps({'found': found, 'missing': missing}))
`;

const noBoto = has('python3', '-c', 'import boto3') ? undefined : 'python3 has no boto3';
if (noBoto !== undefined) console.info(`skipped: ${noBoto}`);

test.skipIf(noBoto !== undefined)('boto3 drives it unchanged', async () => {
  const { emulator } = await start();
  const { stdout } = await run('python3', ['-c', script], { env: environment(emulator.endpoint) });
  expect(JSON.parse(stdout)).toEqual({ found: Array(12).fill('v'), missing: 'ParameterNotFound' });
});

const noCli = has('aws', '--version') ? undefined : 'there is no AWS CLI';
if (noCli !== undefined) console.info(`skipped: ${noCli}`);

test.skipIf(noCli !== undefined)('the AWS CLI drives it unchanged', { timeout: 120_000 }, async () => {
  const { emulator, ssm } = await start();
  const aws = async (...args: string[]): Promise<unknown> => {
    const options = { env: environment(emulator.endpoint) };
    const { stdout } = await run('aws', [...args, '--output', 'json'], options);
    return JSON.parse(stdout);
  };
  expect(
    await aws('ssm', 'put-parameter', '--name', '/cli', '--value', 'v', '--type', 'String'),
  ).toMatchObject({
    Version: 1,
  });
  expect((await ssm.getParameter({ Name: '/cli' })).Parameter?.Value).toBe('v');
  expect(await aws('kms', 'create-key', '--description', 'by the CLI')).toMatchObject({
    KeyMetadata: { KeyState: 'Enabled', Description: 'by the CLI' },
  });
  await expect(aws('ssm', 'get-parameter', '--name', '/none')).rejects.toThrow('ParameterNotFound');
  expect(await aws('sts', 'get-caller-identity')).toMatchObject({ Account: '000000000000' });
});
