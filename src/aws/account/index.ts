export { askCaller } from './caller.ts';
export {
  type DescribedRegion,
  type HomeStanding,
  standingOfHome,
  writeDescriptor,
} from './described-home.ts';
export { type ExamineOptions, examineVault } from './examine.ts';
export type { CheckId, Finding, FindingState } from './finding.ts';
export { examineKeys } from './key-states.ts';
export { keyIdOf, ownKeyId, rewrapTarget } from './rewrap-target.ts';
