export { type Connection, connect } from './connect.ts';
export { fromEmulator } from './embedded.ts';
