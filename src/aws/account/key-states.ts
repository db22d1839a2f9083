/** The vault's KMS key in each region, and its rotation: a part of an examination that is cheap enough to repeat. */
import type { Settings } from '../../config/index.ts';
import { createAccountClients } from './clients.ts';
import type { ExamineOptions } from './examine.ts';
import type { Finding } from './finding.ts';
import { describeKey, judgeKey, judgeSameKey } from './keys.ts';
import { examineRotation } from './rotation.ts';
import { plannedVault, type Scope } from './scope.ts';

/** In ms: what one call may take. */
const CALL_TIMEOUT = 3_000;

/**
 * Looks at the key in every region at once: one call each, and one for the rotation.
 * @param endpoint - the server that stands in for AWS, if one does
 * @returns findings; what may not be asked is `untested`
 * @throws WaxsealError `cancelled`
 */
export async function examineKeys(
  settings: Settings,
  endpoint: string | undefined,
  { signal = new AbortController().signal, timeout = CALL_TIMEOUT, observe }: ExamineOptions = {},
): Promise<readonly Finding[]> {
  const clients = createAccountClients(endpoint, observe);
  const scope: Scope = { settings, ...plannedVault(settings), clients, signal, timeout };
  try {
    const answers = await Promise.all(
      scope.plan.regions.map(async (region) => ({ region, answer: await describeKey(scope, region) })),
    );
    const keys = answers.flatMap(({ region, answer }) => (answer.ok ? [{ region, key: answer.value }] : []));
    return [
      ...judgeSameKey(scope, keys).filter(({ state }) => state !== 'ok'),
      ...(await examineRotation(scope, keys)),
      ...answers.map(({ region, answer }) => judgeKey(scope, region, answer, keys)),
    ];
  } finally {
    clients.destroy();
  }
}
