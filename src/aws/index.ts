export { type Connection, type ConnectOptions, connect } from './connect.ts';
export { fromEmulator } from './embedded.ts';
export type { ClientChoice } from './lean/choose.ts';
export type { Observe, ObservedCall } from './observe.ts';
