export { EmulatorError } from './errors.ts';
export { faultKinds, readFault } from './fault-input.ts';
export { parseQuota, quotaWord } from './quota-table.ts';
export { remoteClock, remoteFaults, remoteQuota } from './remote.ts';
export { connectEmulator, startEmulator } from './start.ts';
export type {
  CallRecord,
  ClockState,
  Emulator,
  EmulatorConnection,
  EmulatorOptions,
  Fault,
  FaultKind,
  Identity,
  PolicyDocument,
  Quota,
  QuotaSetting,
  QuotaTable,
  RemoteClock,
  RemoteFaults,
  RemoteQuota,
  ServiceName,
} from './types.ts';
