/**
 * Loaded before `waxseal exec` to see where its milliseconds go. In place of the command that the process would
 * become, it prints how long after the process began each phase was over.
 */
const { performance } = globalThis;
const ends = { 'Node itself': performance.now() };
const note = (phase) => {
  ends[phase] = performance.now();
};
const builtin = process.getBuiltinModule;
process.getBuiltinModule = (name) => {
  const found = builtin.call(process, name);
  if (!/^node:https?$/.test(name) || found.request.watched) return found;
  const { request } = found;
  found.request = (...args) => {
    if (ends['to the first request'] === undefined) note('to the first request');
    const sent = request(...args);
    const which = ends['first answer'] === undefined ? 'first answer' : 'second answer';
    sent.once('response', (response) => response.once('end', () => note(which)));
    return sent;
  };
  found.request.watched = true;
  return found;
};
process.execve = () => {
  note('opened, and ready to become the command');
  require('node:fs').writeSync(1, JSON.stringify(ends));
  process.exit(0);
};
