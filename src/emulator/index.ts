export { EmulatorError } from './errors.ts';
export { remoteFaults } from './remote.ts';
export { connectEmulator, startEmulator } from './start.ts';
export type {
  CallRecord,
  Emulator,
  EmulatorConnection,
  EmulatorOptions,
  Fault,
  FaultKind,
  RemoteFaults,
  ServiceName,
} from './types.ts';
