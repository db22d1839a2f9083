/**
 * Loaded before `waxseal exec` to see where its milliseconds go. In place of the command that the process would
 * become, it prints how long after the process began each phase was over.
 */
const { performance } = globalThis;
const ends = { 'Node itself': performance.now() };
const note = (phase) => {
  ends[phase] ??= performance.now();
};
const builtin = process.getBuiltinModule;
process.getBuiltinModule = (name) => {
  const found = builtin.call(process, name);
  if (!/^node:(net|tls)$/.test(name) || found.connect.watched) return found;
  const { connect } = found;
  found.connect = (...args) => {
    const socket = connect(...args);
    const { write } = socket;
    let requests = 0;
    socket.write = (...all) => {
      requests += 1;
      note('to the first request');
      return write.apply(socket, all);
    };
    // An answer of these is one piece, or its last one counts.
    socket.prependListener('data', () => {
      ends[requests === 1 ? 'first answer' : 'second answer'] = performance.now();
    });
    return socket;
  };
  found.connect.watched = true;
  return found;
};
process.execve = () => {
  note('opened, and ready to become the command');
  require('node:fs').writeSync(1, JSON.stringify(ends));
  process.exit(0);
};
