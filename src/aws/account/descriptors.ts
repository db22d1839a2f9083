/** The descriptor: what the account says that a vault is, against what waxseal.json says. */
import { descriptorText } from '../../config/index.ts';
import { bareKeyId, namesKey } from '../arn.ts';
import { sdkParameterStore } from '../sdk/parameter-store.ts';
import { fieldsOf } from '../stored-fields.ts';
import { type Finding, findingsOf } from './finding.ts';
import { awsCommand, deployAgain, followKeyId, makeVault } from './remedies.ts';
import { type Answer, ask, type Scope } from './scope.ts';

/** Reads the descriptor as it stands there; undefined where there is none. */
export function readDescriptor(scope: Scope, region: string): Promise<Answer<string | undefined>> {
  const name = scope.plan.descriptorName;
  const parameters = sdkParameterStore(region, scope.clients.of(region).ssm);
  return ask(scope, 'ssm:GetParameters', region, async (signal) => {
    const found = await parameters.read([name], signal);
    return found.get(name)?.value;
  });
}

/**
 * Judges the descriptor of a region. What stands there anybody with ssm:PutParameter may have written, so it is
 * compared, never believed and never printed.
 * @param keyId - the bare id of the key behind the alias there, where it is known
 */
export function judgeDescriptor(
  scope: Scope,
  region: string,
  answer: Answer<string | undefined>,
  keyId: string | undefined,
): Finding {
  const say = findingsOf('descriptor', region);
  if (!answer.ok) return say('untested', answer.error.message, answer.error.hint);
  const { plan } = scope;
  const key = configuredKey(scope) ?? keyId;
  const expected = key === undefined ? undefined : descriptorText(plan, key);
  if (answer.value === undefined) {
    const fix = expected === undefined ? makeVault(scope) : put(scope, region, expected);
    return say('fail', `${plan.descriptorName} is missing`, fix);
  }
  if (answer.value === expected) return say('ok', 'the descriptor, the key and the configuration agree');
  const differs = differences(answer.value, descriptorText(plan, key ?? ''), key === undefined);
  const fix = expected === undefined ? undefined : put(scope, region, expected);
  if (differs === undefined) return say('fail', `${plan.descriptorName} is not a descriptor`, fix);
  if (differs.length > 0) {
    const what = differs.map((field) => FIELDS[field]).join(', ');
    // Either of the two may be the one that was changed: the fix must not make a moved alias right.
    const follow = followKeyId(scope);
    if (differs.includes('kms') && follow !== undefined) {
      return say('fail', `${plan.descriptorName} names another key than "keyId" in waxseal.json`, follow);
    }
    if (differs.includes('kms'))
      return say('fail', `${plan.descriptorName} says otherwise about the key than the alias`, WHICH_KEY);
    return say('fail', `${plan.descriptorName} says otherwise about ${what}`, promoteAgain(scope) ?? fix);
  }
  return key === undefined
    ? say('ok', 'the descriptor and the configuration agree; no key to compare with')
    : say('warn', `${plan.descriptorName} says the right thing in other words`, fix);
}

const WHICH_KEY =
  'find out in CloudTrail who moved the alias or edited the descriptor before anything is written; "npm run diff" shows what a deploy would put back';

const FIELDS = {
  wx: 'its format',
  vault: 'which vault it is',
  kms: 'the key',
  home: 'the home region',
  regions: 'the regions',
} as const;
type Field = keyof typeof FIELDS;

/** The fields that differ; undefined where it is no descriptor at all. */
function differences(text: string, expected: string, leaveOutKey: boolean): readonly Field[] | undefined {
  const found = fieldsOf(text);
  const wanted = fieldsOf(expected);
  if (found === undefined || wanted === undefined) return undefined;
  return (Object.keys(FIELDS) as Field[]).filter(
    (field) =>
      !(leaveOutKey && field === 'kms') && JSON.stringify(found[field]) !== JSON.stringify(wanted[field]),
  );
}

/** The bare id of the key that the configuration names, if it names one. */
function configuredKey({ settings: { kmsKey } }: Scope): string | undefined {
  return kmsKey !== undefined && namesKey(kmsKey) ? bareKeyId(kmsKey) : undefined;
}

/** In the embedded AWS no deploy writes the descriptors: a promotion to what is home already does. */
function promoteAgain({ settings: { aws, vault, regions, file } }: Scope): string | undefined {
  if (aws.kind !== 'embedded' || file?.config.vaults[vault] === undefined) return undefined;
  return `waxseal region promote ${regions[0]}, which writes the descriptors`;
}

function put(scope: Scope, region: string, text: string): string {
  const command = `ssm put-parameter --name ${scope.plan.descriptorName} --type String --tier Standard --overwrite --value '${text}'`;
  return deployAgain(scope) ?? awsCommand(scope, command, region);
}
