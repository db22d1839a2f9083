// Loaded into a process by --import: when it ends, what its heap still holds after a collection goes into a file.
import { writeHeapSnapshot } from 'node:v8';

// What must be found there, or the snapshot shows nothing at all.
globalThis.kept = process.env.HEAP_MARKER;
process.on('exit', () => {
  for (let n = 0; n < 3; n += 1) globalThis.gc();
  writeHeapSnapshot(process.env.HEAP_SNAPSHOT);
});
