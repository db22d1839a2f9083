/** The KMS keys that are accepted beside the vault's own, while it is rewrapped. */
import { bareKeyId, keyIdInRegion } from '../arn.ts';
import { type Finding, findingsOf } from './finding.ts';
import { describeKey } from './keys.ts';
import type { Scope } from './scope.ts';
import { together } from './together.ts';

/** Looks at each of them in one region. One that cannot be used may be the reason why something does not open. */
export async function examineAccepted(scope: Scope, region: string): Promise<readonly Finding[]> {
  const say = findingsOf('accepted-key', region);
  const takeOut = 'once "waxseal key usage" finds nothing under it, take it out of "acceptedKeyIds"';
  return together(
    (scope.settings.acceptedKeys ?? []).map(async (accepted): Promise<Finding> => {
      const id = bareKeyId(accepted);
      const answer = await describeKey(scope, region, keyIdInRegion(accepted, region));
      if (answer.ok) {
        const { KeyState = 'unknown' } = answer.value;
        return KeyState === 'Enabled'
          ? say('ok', `${id} is accepted beside the vault's own, and enabled`)
          : say(
              'warn',
              `${id} is accepted and in state ${KeyState}: what is under it does not open`,
              takeOut,
            );
      }
      return answer.error.code === 'key_not_found'
        ? say('warn', `${id} is accepted, and there is no such key: what was under it is lost here`, takeOut)
        : say('untested', answer.error.message, answer.error.hint);
    }),
  );
}
