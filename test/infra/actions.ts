import type { KMS } from '@aws-sdk/client-kms';
import { VAULT_CONTEXT_KEY } from '../../src/secret-name.ts';
import { type Clients, present } from '../emulator/support.ts';
import type { Deployed } from './deploy.ts';

/** What an action works on: `/acme/a`, its key, and a data key of it. */
export interface Target {
  readonly region: string;
  readonly keyId: string;
  readonly policy: string;
  /** A data key of the vault, wrapped. */
  readonly blob: Uint8Array;
}

/** One call, about `/acme/a` in one region. */
export interface Action {
  /** Brings about what the call needs; nobody is asked who they are. */
  readonly before?: (clients: Clients, target: Target) => Promise<unknown>;
  readonly call: (clients: Clients, target: Target) => Promise<unknown>;
  /** Whether entry, alias and key have to be put right afterwards. */
  readonly harms?: boolean;
}

export const VAULT = '/acme/a';
const ENTRY = `${VAULT}/A`;
const ALIAS = `alias/waxseal${VAULT}`;

/** The encryption context of a data key of a vault. */
export function context(path: string): Record<string, string> {
  return { [VAULT_CONTEXT_KEY]: path, id: '1' };
}

const put = ({ ssm }: Clients, Name: string): Promise<unknown> =>
  ssm.putParameter({ Name, Value: 'x', Type: 'String', Overwrite: true });
const opening = (EncryptionContext?: Record<string, string>): Action => ({
  call: ({ kms }, { blob, keyId }) =>
    kms.decrypt({ CiphertextBlob: blob, KeyId: keyId, ...(EncryptionContext && { EncryptionContext }) }),
});
const making = (EncryptionContext?: Record<string, string>): Action => ({
  call: ({ kms }, { keyId }) =>
    kms.generateDataKey({
      KeyId: keyId,
      KeySpec: 'AES_256',
      ...(EncryptionContext && { EncryptionContext }),
    }),
});
const rewrapping = (into: string): Action => ({
  call: ({ kms }, { blob, keyId }) =>
    kms.reEncrypt({
      CiphertextBlob: blob,
      SourceKeyId: keyId,
      SourceEncryptionContext: context(VAULT),
      DestinationKeyId: keyId,
      DestinationEncryptionContext: context(into),
    }),
});
const onKey = (call: (kms: KMS, KeyId: string, target: Target) => Promise<unknown>): Action => ({
  call: ({ kms }, target) => call(kms, target.keyId, target),
});

/** What can be done to a vault and its key, by what it is called here. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  'read parameters': { call: ({ ssm }) => ssm.getParameters({ Names: [ENTRY] }) },
  'list parameters': { call: ({ ssm }) => ssm.getParametersByPath({ Path: VAULT, Recursive: true }) },
  'read history': { call: ({ ssm }) => ssm.getParameterHistory({ Name: ENTRY }) },
  'read tags': {
    call: ({ ssm }) => ssm.listTagsForResource({ ResourceType: 'Parameter', ResourceId: ENTRY }),
  },
  'put an entry': { call: (clients) => put(clients, ENTRY) },
  'put the descriptor': { call: (clients) => put(clients, `${VAULT}/.waxseal/vault`) },
  'delete an entry': { call: ({ ssm }) => ssm.deleteParameter({ Name: ENTRY }), harms: true },
  'delete a probe': {
    before: (clients) => put(clients, `${VAULT}/.waxseal/probe-x`),
    call: ({ ssm }) => ssm.deleteParameter({ Name: `${VAULT}/.waxseal/probe-x` }),
  },
  'delete the data key': {
    before: (clients) => put(clients, `${VAULT}/.waxseal/data-key`),
    call: ({ ssm }) => ssm.deleteParameter({ Name: `${VAULT}/.waxseal/data-key` }),
  },
  'label an entry': { call: ({ ssm }) => ssm.labelParameterVersion({ Name: ENTRY, Labels: ['x'] }) },
  'tag an entry': {
    call: ({ ssm }) =>
      ssm.addTagsToResource({
        ResourceType: 'Parameter',
        ResourceId: ENTRY,
        Tags: [{ Key: 'k', Value: 'v' }],
      }),
  },
  open: opening(context(VAULT)),
  'open for c': opening(context('/acme/c')),
  'open without context': opening(),
  'make a data key': making(context(VAULT)),
  'make a data key without context': making(),
  'make a data key unseen': onKey((kms, KeyId) =>
    kms.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: 'AES_256', EncryptionContext: context(VAULT) }),
  ),
  encrypt: onKey((kms, KeyId) =>
    kms.encrypt({ KeyId, Plaintext: Buffer.from('x'), EncryptionContext: context(VAULT) }),
  ),
  rewrap: rewrapping(VAULT),
  'rewrap for c': rewrapping('/acme/c'),
  'rewrap for b': rewrapping('/acme/b'),
  'see the key': onKey((kms, KeyId) => kms.describeKey({ KeyId })),
  'see the policy': onKey((kms, KeyId) => kms.getKeyPolicy({ KeyId })),
  'see the rotation': onKey((kms, KeyId) => kms.getKeyRotationStatus({ KeyId })),
  'see the tags': onKey((kms, KeyId) => kms.listResourceTags({ KeyId })),
  'tag the key': onKey((kms, KeyId) => kms.tagResource({ KeyId, Tags: [{ TagKey: 'k', TagValue: 'v' }] })),
  'describe the key': onKey((kms, KeyId) => kms.updateKeyDescription({ KeyId, Description: 'x' })),
  'set the policy': onKey((kms, KeyId, { policy }) => kms.putKeyPolicy({ KeyId, Policy: policy })),
  'move the alias': onKey((kms, TargetKeyId) => kms.updateAlias({ AliasName: ALIAS, TargetKeyId })),
  'drop the alias': {
    call: ({ kms }) => kms.deleteAlias({ AliasName: ALIAS }),
    harms: true,
  },
  enable: onKey((kms, KeyId) => kms.enableKey({ KeyId })),
  disable: { ...onKey((kms, KeyId) => kms.disableKey({ KeyId })), harms: true },
  'schedule deletion': { ...onKey((kms, KeyId) => kms.scheduleKeyDeletion({ KeyId })), harms: true },
  'cancel deletion': {
    before: ({ kms }, { keyId }) => kms.scheduleKeyDeletion({ KeyId: keyId }),
    ...onKey((kms, KeyId) => kms.cancelKeyDeletion({ KeyId })),
    harms: true,
  },
};

/** Puts right what an action may have done. */
async function mend(clients: Clients, { keyId }: Target): Promise<void> {
  const { kms } = clients;
  await put(clients, ENTRY);
  const { KeyMetadata } = await kms.describeKey({ KeyId: keyId });
  if (KeyMetadata?.KeyState?.startsWith('Pending')) await kms.cancelKeyDeletion({ KeyId: keyId });
  await kms.enableKey({ KeyId: keyId });
  const { Aliases } = await kms.listAliases({ KeyId: keyId });
  if (Aliases?.some(({ AliasName }) => AliasName === ALIAS)) return;
  await kms.createAlias({ AliasName: ALIAS, TargetKeyId: keyId });
}

/** What an identity may do in a region: each action is tried, and whatever it did is taken back. */
export async function allowedTo(
  deployed: Deployed,
  accessKeyId: string,
  region: string,
): Promise<readonly string[]> {
  const allowed: string[] = [];
  const target = await targetIn(deployed, region);
  const clients = deployed.as(accessKeyId, region);
  for (const [name, { before, call, harms = false }] of Object.entries(ACTIONS)) {
    if (before !== undefined) await deployed.privileged((root) => before(root.at(region), target));
    const refusal = await call(clients, target).then(
      () => undefined,
      (error: Error) => error.name,
    );
    if (refusal !== 'AccessDeniedException') {
      allowed.push(refusal === undefined ? name : `${name}: ${refusal}`);
    }
    if (harms) await deployed.privileged((root) => mend(root.at(region), target));
  }
  return allowed;
}

/** `/acme/a` with an entry and a data key, in a region. */
export async function targetIn(deployed: Deployed, region: string): Promise<Target> {
  const keyId = deployed.keyId(VAULT, region);
  return deployed.privileged(async (root) => {
    const clients = root.at(region);
    await put(clients, ENTRY);
    const { CiphertextBlob } = await clients.kms.generateDataKey({
      KeyId: keyId,
      KeySpec: 'AES_256',
      EncryptionContext: context(VAULT),
    });
    return { region, keyId, policy: deployed.keyPolicy(VAULT), blob: present(CiphertextBlob) };
  });
}
