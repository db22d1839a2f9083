export type { LeanCall } from './call.ts';
export { type ClientChoice, chooseClient } from './choose.ts';
export { createLean, type LeanClient, type LeanOptions } from './client.ts';
export { leanKeyWrapper } from './key-wrapper.ts';
export { leanParameterStore } from './parameter-store.ts';
export { readSharedFiles, type SharedFiles } from './shared-files.ts';
