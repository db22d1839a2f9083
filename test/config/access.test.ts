import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessPolicy, accountName, partitionOf, trustPolicy } from '../../src/config/index.ts';
import { checkVaultPath } from '../../src/secret-name.ts';
import { checkProperty } from '../support/seed.ts';

describe('accountName', () => {
  it('reads like the path', () => {
    expect(accountName('/acme/prod', 'reader')).toBe('waxseal.acme.prod.reader');
    expect(accountName('/a-b', 'key')).toBe('waxseal.a-b.key');
    expect(accountName('/a/b', 'key')).toBe('waxseal.a.b.key');
    expect(accountName('/a_b', 'key')).toBe('waxseal.a_b.key');
  });

  it('is cut where it would be too long, and ends in a digest of the whole', () => {
    const fits = `/${'x'.repeat(64 - 'waxseal..reader'.length)}`;
    expect(accountName(fits, 'reader')).toBe(`waxseal.${fits.slice(1)}.reader`);
    const long = accountName(`${fits}x`, 'reader');
    expect(long).toMatch(/^waxseal\.x{39}\.[0-9a-f]{16}$/);
    expect(long).toHaveLength(64);
    expect(accountName(`${fits}x`, 'writer')).not.toBe(long);
    expect(accountName(`${fits}y`, 'reader')).not.toBe(long);
    expect(accountName(`${fits}x`, 'reader')).toBe(long);
  });

  it('keeps two apart that IAM, which is blind to capitals, would take for one', () => {
    expect(accountName('/Acme', 'reader')).toMatch(/^waxseal\.Acme\.reader\.[0-9a-f]{16}$/);
    const names = ['/acme', '/Acme', '/ACME', '/aCME'].map((path) =>
      accountName(path, 'reader').toLowerCase(),
    );
    expect(new Set(names).size).toBe(4);
  });

  it('is taken by IAM and EventBridge, and is never shared by two vaults or two things of one', () => {
    // Few letters, so that paths which differ in separators or capitals alone are common.
    const short = fc.stringMatching(/^(\/[aA1_-]{1,3}){1,3}$/);
    const long = fc.stringMatching(/^\/[aA]{40,70}(\/[b_-]{1,30}){0,2}$/);
    const path = fc.oneof(short, long).filter((one) => !/^\/(aws|ssm)/i.test(one));
    const what = fc.constantFrom('reader', 'writer', 'key');
    return checkProperty(
      'pairs of names',
      fc.property(path, what, path, what, (a, x, b, y) => {
        const [one, other] = [accountName(checkVaultPath(a), x), accountName(checkVaultPath(b), y)];
        expect(one).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
        expect(one.toLowerCase() === other.toLowerCase()).toBe(a === b && x === y);
      }),
      { small: 3000, full: 100_000 },
    );
  });
});

describe('trustPolicy', () => {
  const trusted = (principals: readonly string[], partition = 'aws'): unknown =>
    trustPolicy(principals, partition).Statement[0]?.Principal;

  it('writes an account as its root, in the partition that it is in', () => {
    expect(trusted(['123456789012'])).toEqual({ AWS: ['arn:aws:iam::123456789012:root'] });
    expect(trusted(['123456789012'], 'aws-cn')).toEqual({ AWS: ['arn:aws-cn:iam::123456789012:root'] });
  });

  it('leaves ARNs as they are and names services as such', () => {
    const role = 'arn:aws:iam::123456789012:role/ci/Deploy';
    expect(trusted([role])).toEqual({ AWS: [role] });
    expect(trusted(['ecs-tasks.amazonaws.com'])).toEqual({ Service: ['ecs-tasks.amazonaws.com'] });
    expect(trusted(['ec2.amazonaws.com.cn'], 'aws-cn')).toEqual({ Service: ['ec2.amazonaws.com.cn'] });
    expect(trusted([role, 'ec2.amazonaws.com', '123456789012'])).toEqual({
      AWS: [role, 'arn:aws:iam::123456789012:root'],
      Service: ['ec2.amazonaws.com'],
    });
    // A role may be called like a service.
    const alike = 'arn:aws:iam::123456789012:role/x.amazonaws.com.example';
    expect(trusted([alike])).toEqual({ AWS: [alike] });
  });

  it('lets take the role and do nothing else', () => {
    expect(trustPolicy(['123456789012'], 'aws')).toEqual({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: ['arn:aws:iam::123456789012:root'] }, Action: 'sts:AssumeRole' },
      ],
    });
  });
});

describe('partitionOf', () => {
  it.each([
    ['us-east-1', 'aws'],
    ['eu-central-1', 'aws'],
    ['ca-west-1', 'aws'],
    ['il-central-1', 'aws'],
    ['mx-central-1', 'aws'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['cn-north-1', 'aws-cn'],
    ['cn-northwest-1', 'aws-cn'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['us-isof-south-1', 'aws-iso-f'],
    ['eu-isoe-west-1', 'aws-iso-e'],
    ['eusc-de-east-1', 'aws-eusc'],
  ])('%s is in %s', (region, partition) => {
    expect(partitionOf(region)).toBe(partition);
  });
});

describe('accessPolicy', () => {
  const subject = {
    vault: '/acme/b',
    alias: 'alias/waxseal/acme/b',
    descriptorName: '/acme/b/.waxseal/vault',
    keyId: 'mrk-1',
    account: '123456789012',
    partition: 'aws',
  };

  it('leaves the key of another vault to the admins of that one, all but the alias', () => {
    const actions = (sharesKeyWith?: string): unknown =>
      accessPolicy('admin', { ...subject, sharesKeyWith }).Statement.find(
        ({ Sid }) => Sid === 'AdministerKey',
      )?.Action;
    expect(actions()).toContain('kms:PutKeyPolicy');
    expect(actions('/acme/a')).toEqual(['kms:CreateAlias', 'kms:UpdateAlias', 'kms:DeleteAlias']);
  });

  it('opens, and lets admins move, what is under an accepted key; administers the own one alone', () => {
    const other = 'arn:aws:kms:*:123456789012:key/mrk-2';
    const granted = (level: 'reader' | 'writer' | 'admin' | 'auditor'): readonly string[] =>
      accessPolicy(level, { ...subject, acceptedKeyIds: ['mrk-2'] }).Statement.flatMap((statement) =>
        (statement.Resource as readonly string[]).includes(other)
          ? (statement.Action as readonly string[])
          : [],
      );
    const looks = expect.arrayContaining(['kms:DescribeKey']);
    expect(granted('reader')).toEqual(expect.arrayContaining(['kms:Decrypt']));
    expect(granted('reader')).not.toContain('kms:ReEncryptTo');
    expect(granted('writer')).toEqual(expect.arrayContaining(['kms:Decrypt', 'kms:GenerateDataKey']));
    expect(granted('admin')).toEqual(expect.arrayContaining(['kms:ReEncryptFrom', 'kms:ReEncryptTo']));
    expect(granted('admin')).not.toContain('kms:Decrypt');
    expect(granted('admin')).not.toContain('kms:PutKeyPolicy');
    expect(granted('auditor')).toEqual(looks);
    const statements = accessPolicy('admin', { ...subject, acceptedKeyIds: ['mrk-2'] }).Statement;
    expect(statements.find(({ Sid }) => Sid === 'RewrapDataKeys')).toMatchObject({
      Resource: ['arn:aws:kms:*:123456789012:key/mrk-1', other],
      Condition: { StringEquals: { 'kms:EncryptionContext:waxseal:vault': '/acme/b' } },
    });
  });
});
