export { type ExamineOptions, examineVault } from './examine.ts';
export type { CheckId, Finding, FindingState } from './finding.ts';
