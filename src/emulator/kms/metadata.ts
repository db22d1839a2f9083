import { kmsArn } from '../arn.ts';
import { type Answer, type Call, seconds } from '../operation.ts';
import { materialIdOf } from './algorithm.ts';
import { type Key, keyState } from './resolve.ts';
import { rsaAlgorithms } from './rsa.ts';

/** What DescribeKey tells; Terraform replaces a key whose spec, usage, origin or manager is missing. */
export function keyMetadata(call: Call, key: Key): Answer {
  const { record, family, arn } = key;
  const state = keyState(record, call.now);
  const deletion = record.deletion;
  const spec = family.spec ?? 'SYMMETRIC_DEFAULT';
  return {
    AWSAccountId: call.account,
    KeyId: record.id,
    Arn: arn,
    CreationDate: seconds(record.createdAt),
    Enabled: state === 'Enabled',
    Description: record.description,
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: state,
    DeletionDate: deletion?.at === undefined ? undefined : seconds(deletion.at),
    // Only while the date is not known yet: the primary waits for its replicas.
    PendingDeletionWindowInDays: state === 'PendingReplicaDeletion' ? deletion?.windowDays : undefined,
    Origin: 'AWS_KMS',
    KeyManager: family.manager,
    CustomerMasterKeySpec: spec,
    KeySpec: spec,
    EncryptionAlgorithms: family.spec === undefined ? [spec] : rsaAlgorithms,
    CurrentKeyMaterialId: materialIdOf(key),
    MultiRegion: family.multiRegion,
    MultiRegionConfiguration: family.multiRegion ? multiRegion(call, key) : undefined,
  };
}

function multiRegion(call: Call, { record, family }: Key): Answer {
  const relative = (region: string): Answer => ({
    Arn: kmsArn(region, call.account, `key/${family.id}`),
    Region: region,
  });
  return {
    MultiRegionKeyType: record.region === family.primaryRegion ? 'PRIMARY' : 'REPLICA',
    PrimaryKey: relative(family.primaryRegion),
    ReplicaKeys: family.regions.filter((region) => region !== family.primaryRegion).map(relative),
  };
}
