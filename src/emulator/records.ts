/** What the state holds: plain, immutable documents, kept by table, region and id. */

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface Material {
  /** 64 hexadecimal digits, what KMS calls KeyMaterialId. */
  readonly id: string;
  /** Base64: 32 bytes, or the private key of an RSA key (PKCS #8). */
  readonly bytes: string;
  /** Milliseconds. */
  readonly createdAt: number;
  /** How it came to be; absent for a key's first material. */
  readonly rotation?: 'AUTOMATIC' | 'ON_DEMAND';
}

export type RsaSpec = 'RSA_2048' | 'RSA_3072' | 'RSA_4096';

/** What related multi-region keys share (a single-region key is a family of one). Stored under region `*`. */
export interface Family {
  readonly id: string;
  readonly multiRegion: boolean;
  readonly primaryRegion: string;
  /** Where the relatives live, the primary's region included, in the order of the names. */
  readonly regions: readonly string[];
  readonly manager: 'CUSTOMER' | 'AWS';
  /** Absent: SYMMETRIC_DEFAULT. */
  readonly spec?: RsaSpec;
  readonly createdAt: number;
  /** Oldest first; the last one encrypts. */
  readonly materials: readonly Material[];
  /** Automatic rotation; absent: off. `next` in milliseconds. */
  readonly rotation?: { readonly periodDays: number; readonly next: number };
  readonly onDemandRotations: number;
}

/** What each region has of its own for a key. */
export interface KeyRecord {
  readonly id: string;
  readonly region: string;
  readonly description: string;
  readonly policy: string;
  readonly tags: readonly Tag[];
  readonly enabled: boolean;
  readonly createdAt: number;
  /** Until then a replica is `Creating`; milliseconds. */
  readonly readyAt: number;
  /** Scheduled deletion; `at` is absent while replicas are still there. */
  readonly deletion?: { readonly windowDays: number; readonly at?: number };
}

export interface AliasRecord {
  readonly name: string;
  readonly keyId: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type ParameterType = 'String' | 'StringList' | 'SecureString';
export type ParameterTier = 'Standard' | 'Advanced';

/** A parameter's head; its versions `oldest`…`latest` are documents of their own. */
export interface ParameterRecord {
  readonly name: string;
  readonly type: ParameterType;
  readonly tier: ParameterTier;
  readonly oldest: number;
  readonly latest: number;
  readonly tags: readonly Tag[];
}

/** One version of a parameter. The value of a SecureString is what KMS made of it, base64. */
export interface VersionRecord {
  readonly version: number;
  readonly value: string;
  readonly type: ParameterType;
  readonly tier: ParameterTier;
  readonly dataType: string;
  readonly modifiedAt: number;
  readonly user: string;
  readonly labels: readonly string[];
  readonly description?: string;
  readonly allowedPattern?: string;
  /** As the caller named it: `alias/aws/ssm`, an id, an ARN. */
  readonly keyId?: string;
}

export interface Tables {
  readonly family: Family;
  readonly key: KeyRecord;
  readonly alias: AliasRecord;
  readonly parameter: ParameterRecord;
  readonly version: VersionRecord;
}

export type TableName = keyof Tables;
export const tableNames: readonly TableName[] = ['family', 'key', 'alias', 'parameter', 'version'];
