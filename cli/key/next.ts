/** What comes after a rewrap: nobody may disable the old key before all regions were seen without it. */
import type { Settings } from '../../src/config/index.ts';
import { bareKeyId } from '../../src/config/key-id.ts';
import type { RewrapResult } from '../../src/vault/index.ts';

/**
 * The last lines of a rewrap.
 * @param regions - all of the vault's
 * @param to - the bare id of the KMS key to go under; undefined for new material of the same
 * @param own - the bare id of the vault's own KMS key by configuration or alias; undefined where KMS does not say it
 */
export function whatIsNext(
  { vault, acceptedKeys = [] }: Settings,
  regions: readonly string[],
  to: string | undefined,
  own: string | undefined,
  { from, left, problems, failed }: Pick<RewrapResult, 'from' | 'left' | 'problems' | 'failed'>,
): readonly string[] {
  const unseen = Object.keys(failed);
  const old = to === undefined ? 'material' : 'key';
  if (unseen.length > 0 || left > 0 || problems.length > 0) {
    return [
      ...(unseen.length === 0
        ? []
        : [`not done in ${unseen.join(', ')}: when it answers again, run the same rewrap: it goes on`]),
      ...(left === 0
        ? []
        : [`${left} parameters were written by others meanwhile: run the same rewrap again`]),
      ...(problems.length === 0
        ? []
        : [`${problems.length} parameters are not to be trusted: see above, then run the same rewrap again`]),
      ...(to === undefined ? [] : [`do not disable the old ${old} yet`]),
    ];
  }
  const where = regions.join(', ');
  if (to === undefined) return [`every data key is under the newest material of its KMS key in ${where}`];
  const accepted = acceptedKeys.map(bareKeyId).filter((key) => key !== to);
  const others = [...new Set([...from, ...accepted, ...(own === undefined ? [] : [own])])].filter(
    (key) => key !== to,
  );
  const place = `for ${vault} in waxseal.json (WAXSEAL_KMS_KEY=${to} where there is none), and deploy that to every application`;
  const steps = [
    ...(own !== to
      ? [`make it "keyId": "${to}" and take it out of "acceptedKeyIds", with no other key there, ${place}`]
      : accepted.length > 0
        ? [`take ${accepted.join(', ')} out of "acceptedKeyIds" ${place}`]
        : []),
    ...others.map((key) => `waxseal key usage ${key}`),
    ...(others.length === 0
      ? []
      : [
          `only when ${others.length === 1 ? 'that' : 'each of those'} finds nothing, and no backup or last-known-good file is needed from before, disable the old key`,
        ]),
  ];
  return [
    `all that stands in ${where} is under ${to}`,
    ...steps.map((step, i) => `${i === 0 ? 'next: ' : '      '}${i + 1}. ${step}`),
  ];
}
