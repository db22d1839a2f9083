import { present } from '../emulator/support.ts';
import type { Behaviour, Place } from './behaviour.ts';

const put = ({ ssm, path }: Place, name: string, more: object = {}) =>
  ssm.putParameter({ Name: `${path}/${name}`, Value: 'v', Type: 'String', ...more });
const bytes = Buffer.from('plaintext');
const reference = 'API reference,';

export const behaviours: readonly Behaviour[] = [
  {
    operation: 'PutParameter',
    what: 'numbers versions from 1',
    run: async (place) => {
      const first = await put(place, 'numbered');
      return [first.Version, (await put(place, 'numbered', { Overwrite: true })).Version];
    },
    expected: [1, 2],
  },
  {
    operation: 'PutParameter',
    what: 'creates only what is not there',
    run: async (place) => {
      await put(place, 'once');
      return put(place, 'once');
    },
    expected: 'ParameterAlreadyExists',
  },
  {
    operation: 'PutParameter',
    what: 'refuses 4,097 characters in the standard tier',
    run: (place) => put(place, 'long', { Value: 'x'.repeat(4097), Tier: 'Standard' }),
    expected: 'ValidationException',
    motoDiffers: `${reference} PutParameter: "Standard parameters have a value limit of 4 KB"`,
  },
  {
    operation: 'PutParameter',
    what: 'refuses a nested reference',
    run: (place) => put(place, 'nested', { Value: '{{ssm:/a}}' }),
    expected: 'ValidationException',
    motoDiffers: `${reference} PutParameter, Value: "you can't nest parameters"`,
  },
  {
    operation: 'PutParameter',
    what: 'refuses the prefix ssm',
    run: ({ ssm }) => ssm.putParameter({ Name: 'ssm-reserved', Value: 'v', Type: 'String' }),
    expected: 'ValidationException',
  },
  {
    operation: 'PutParameter',
    what: 'refuses sixteen levels',
    run: (place) => put(place, Array(15).fill('a').join('/')),
    expected: 'HierarchyLevelLimitExceededException',
    motoDiffers: `${reference} PutParameter, Name: "a maximum of fifteen levels"`,
  },
  {
    operation: 'GetParameter',
    what: 'reads by version and by label',
    run: async (place) => {
      const Name = `${place.path}/selected`;
      await put(place, 'selected', { Value: 'one' });
      await put(place, 'selected', { Value: 'two', Overwrite: true });
      await place.ssm.labelParameterVersion({ Name, ParameterVersion: 1, Labels: ['old'] });
      const read = async (selector: string) =>
        (await place.ssm.getParameter({ Name: Name + selector })).Parameter?.Value;
      return [await read(':1'), await read(':2'), await read(':old'), await read('')];
    },
    expected: ['one', 'two', 'one', 'two'],
  },
  {
    operation: 'GetParameter',
    what: 'says what is missing',
    run: ({ ssm, path }) => ssm.getParameter({ Name: `${path}/none` }),
    expected: 'ParameterNotFound',
  },
  {
    operation: 'GetParameters',
    what: 'tells missing names apart',
    run: async (place) => {
      await put(place, 'there');
      const names = [`${place.path}/there`, `${place.path}/missing`];
      const { Parameters, InvalidParameters } = await place.ssm.getParameters({ Names: names });
      return [Parameters?.length, InvalidParameters?.length];
    },
    expected: [1, 1],
  },
  {
    operation: 'GetParametersByPath',
    what: 'lists one level, or all with Recursive',
    run: async (place) => {
      await put(place, 'tree/a');
      await put(place, 'tree/b/c');
      const Path = `${place.path}/tree`;
      const one = await place.ssm.getParametersByPath({ Path });
      const all = await place.ssm.getParametersByPath({ Path, Recursive: true });
      return [one.Parameters?.length, all.Parameters?.length];
    },
    expected: [1, 2],
  },
  {
    operation: 'LabelParameterVersion',
    what: 'gives a bad label back with HTTP 200',
    run: async (place) => {
      await put(place, 'labelled');
      const Name = `${place.path}/labelled`;
      return (await place.ssm.labelParameterVersion({ Name, Labels: ['1st'] })).InvalidLabels;
    },
    expected: ['1st'],
  },
  {
    operation: 'DeleteParameter',
    what: 'says what is missing',
    run: ({ ssm, path }) => ssm.deleteParameter({ Name: `${path}/none` }),
    expected: 'ParameterNotFound',
  },
  {
    operation: 'DeleteParameter',
    what: 'takes the history along; the next write is Version 1, even one that overwrites',
    run: async (place) => {
      const Name = `${place.path}/deleted`;
      await put(place, 'deleted');
      await put(place, 'deleted', { Overwrite: true });
      await place.ssm.deleteParameter({ Name });
      const old = await place.ssm.getParameters({ Names: [`${Name}:1`] });
      return [old.InvalidParameters?.length, (await put(place, 'deleted', { Overwrite: true })).Version];
    },
    expected: [1, 1],
  },
  {
    operation: 'Decrypt',
    what: 'opens under the same encryption context',
    run: async ({ kms, key: KeyId }) => {
      const EncryptionContext = { a: 'b' };
      const sealed = await kms.encrypt({ KeyId, Plaintext: bytes, EncryptionContext });
      const opened = await kms.decrypt({ CiphertextBlob: sealed.CiphertextBlob, EncryptionContext });
      return Buffer.from(present(opened.Plaintext)).toString();
    },
    expected: 'plaintext',
  },
  {
    operation: 'Decrypt',
    what: 'refuses another encryption context',
    run: async ({ kms, key: KeyId }) => {
      const { CiphertextBlob } = await kms.encrypt({
        KeyId,
        Plaintext: bytes,
        EncryptionContext: { a: 'b' },
      });
      return kms.decrypt({ CiphertextBlob, KeyId, EncryptionContext: { A: 'b' } });
    },
    expected: 'InvalidCiphertextException',
  },
  {
    operation: 'GenerateDataKey',
    what: 'DryRun says that it would have worked',
    run: ({ kms, key: KeyId }) => kms.generateDataKey({ KeyId, KeySpec: 'AES_256', DryRun: true }),
    expected: 'DryRunOperationException',
    motoDiffers: 'KMS developer guide, "Testing your permissions"',
  },
  {
    operation: 'GenerateDataKey',
    what: 'gives 32 bytes, and opens their wrapping again',
    run: async ({ kms, key: KeyId }) => {
      const made = await kms.generateDataKey({ KeyId, KeySpec: 'AES_256' });
      const opened = await kms.decrypt({ KeyId, CiphertextBlob: made.CiphertextBlob });
      const same = Buffer.from(present(opened.Plaintext)).equals(present(made.Plaintext));
      return [made.Plaintext?.length, same];
    },
    expected: [32, true],
  },
  {
    operation: 'EnableKeyRotation',
    what: 'keeps the period',
    run: async ({ kms, key: KeyId }) => {
      await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: 100 });
      return (await kms.getKeyRotationStatus({ KeyId })).RotationPeriodInDays;
    },
    expected: 100,
    motoDiffers: `${reference} GetKeyRotationStatus: "RotationPeriodInDays: the number of days between each automatic rotation"`,
  },
  {
    operation: 'DisableKey',
    what: 'keeps the key from sealing',
    run: async ({ kms, key: KeyId }) => {
      await kms.disableKey({ KeyId });
      try {
        return await kms.encrypt({ KeyId, Plaintext: bytes });
      } finally {
        await kms.enableKey({ KeyId });
      }
    },
    expected: 'DisabledException',
    motoDiffers: 'KMS developer guide, "Key states of KMS keys"',
  },
  {
    operation: 'DescribeKey',
    what: 'does not know an id that never was',
    run: ({ kms }) => kms.describeKey({ KeyId: '00000000-0000-4000-8000-000000000000' }),
    expected: 'NotFoundException',
  },
];
