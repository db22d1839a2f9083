import type { KMS } from '@aws-sdk/client-kms';
import type { SSM } from '@aws-sdk/client-ssm';

/** Where behaviours are tried: clients of one region, and names that are the run's own. */
export interface Place {
  readonly ssm: SSM;
  readonly kms: KMS;
  readonly path: string;
  /** A symmetric key of the run. */
  readonly key: string;
}

export interface Behaviour {
  readonly operation: string;
  readonly what: string;
  readonly run: (place: Place) => Promise<unknown>;
  /** What AWS answers; an error is told by its code. */
  readonly expected: unknown;
  /** Where moto differs: the AWS document that decides. */
  readonly motoDiffers?: string;
}
