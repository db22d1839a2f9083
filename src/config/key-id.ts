/** How a KMS key is named once and for all: by its id or ARN. Loads nothing, as regions.ts. */

/** The id or ARN of a KMS key; an alias is neither, because it can be moved. */
export const KEY_ID: RegExp =
  /^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/)?(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The bare key id of a key ARN, or what was given when it is one already. */
export function bareKeyId(keyIdOrArn: string): string {
  return keyIdOrArn.slice(keyIdOrArn.lastIndexOf('/') + 1);
}
