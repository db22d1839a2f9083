/** exec at a terminal, which belongs to the command from then on. */
import { expect, test } from 'vitest';
import { CLI, NODE, type Sandbox, sandbox } from './support/sandbox.ts';
import { KEY, openTerminal, type TerminalSession } from './support/terminal.ts';

const SIZE = { columns: 120, rows: 30 };

async function withVault(): Promise<Sandbox> {
  const box = sandbox();
  expect((await box.waxseal(['set', 'TOKEN'], { input: 'planted' })).status).toBe(0);
  return box;
}

/** A terminal with a shell that has job control, as people have it. */
async function openShell(box: Sandbox): Promise<TerminalSession> {
  const shell = openTerminal(box, {
    ...SIZE,
    program: ['/bin/sh', '-i'],
    env: { PS1: 'prompt> ', ENV: undefined },
  });
  await shell.until('the shell asks', (screen) => screen.includes('prompt>'));
  return shell;
}

test('the command asks and is answered, though messages were written before', async () => {
  const box = await withVault();
  const script =
    'test -t 0 && test -t 1 && test -t 2 && printf "who? " && read name && echo "it is $name and $TOKEN"';
  const terminal = openTerminal(box, { ...SIZE, args: ['exec', '--', 'sh', '-c', script] });
  await terminal.until('it asks', (screen) => screen.includes('who? '));
  terminal.press('me\r');
  expect(await terminal.ended()).toBe(0);
  expect(terminal.screen()).toMatch(/^vault \/acme\/dev/);
  expect(terminal.screen()).toContain('it is me and planted');
});

test('Ctrl-C ends a command that does nothing about it, as without waxseal', async () => {
  const box = await withVault();
  const shell = await openShell(box);
  shell.press(`'${NODE}' '${CLI}' exec -q -- sh -c 'echo rea""dy; exec cat'\r`);
  await shell.until('the command runs', (screen) => /^ready$/m.test(screen));
  shell.press(KEY.ctrlC);
  // What is typed before the shell has the terminal again is thrown away.
  await shell.until('the shell asks again', (screen) => /\^C\s*prompt>/.test(screen));
  shell.press('echo "status $?"\r');
  // 128 and the number of SIGINT.
  await shell.until('the shell goes on', (screen) => /^status 130$/m.test(screen));
});

test('Ctrl-Z stops the command and fg brings it back', async () => {
  const box = await withVault();
  const shell = await openShell(box);
  const script =
    'process.on("SIGCONT", () => { console.log("ba" + "ck"); process.exit(6); }); setInterval(() => {}, 1000); console.log("rea" + "dy")';
  shell.press(`'${NODE}' '${CLI}' exec -q -- '${NODE}' -e '${script}'\r`);
  await shell.until('the command runs', (screen) => /^ready$/m.test(screen));
  shell.press(KEY.ctrlZ);
  await shell.until('it is stopped', (screen) => /Stopped/.test(screen));
  shell.press('fg; echo "status $?"\r');
  await shell.until('it goes on and ends', (screen) => /^back$/m.test(screen) && /^status 6$/m.test(screen));
});
