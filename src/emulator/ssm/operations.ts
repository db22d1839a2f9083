import type { Operations } from '../operation.ts';
import { deleteOperations } from './delete.ts';
import { describeOperations } from './describe.ts';
import { getOperations } from './get.ts';
import { historyOperations } from './history.ts';
import { labelOperations } from './labels.ts';
import { pathOperations } from './path.ts';
import { putOperations } from './put.ts';
import { tagOperations } from './tags.ts';

/** Every operation of `AmazonSSM` that is answered. */
export const ssmOperations: Operations = {
  ...putOperations,
  ...getOperations,
  ...pathOperations,
  ...historyOperations,
  ...labelOperations,
  ...tagOperations,
  ...describeOperations,
  ...deleteOperations,
};
