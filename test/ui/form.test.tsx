import { describe, expect, test } from 'vitest';
import { WaxsealError } from '../../src/errors.ts';
import { FakeVault } from './support/fake-vault.ts';
import { type AppUnderTest, KEY, startApp } from './support/terminal.tsx';

const PEM = '-----BEGIN PRIVATE KEY-----\nplantedPEMline\n-----END PRIVATE KEY-----\n';

async function addForm(vault: FakeVault = new FakeVault()): Promise<AppUnderTest> {
  const app = startApp(vault);
  await app.until('press a to add');
  await app.type('a', 'add a secret to /acme/prod');
  return app;
}

async function editForm(vault: FakeVault): Promise<AppUnderTest> {
  const app = startApp(vault);
  await app.until('❯ A');
  await app.type('e', 'give it a new value');
  return app;
}

describe('adding', () => {
  test('takes what is typed and never draws it', async () => {
    const app = await addForm();
    for (const letter of 'DATABASE_URL') await app.press(letter);
    await app.until('DATABASE_URL▏');
    await app.type(KEY.enter, 'nothing of it shows until Ctrl-R');
    for (const letter of 'zqxwvj') await app.press(letter);
    await app.until('••••••••▏');
    await app.type(KEY.enter, '✓ saved DATABASE_URL, revision 1, in us-east-1 and eu-west-1');
    await app.until('❯ DATABASE_URL');
    expect(app.vault.text('DATABASE_URL')).toBe('zqxwvj');
    expect(app.vault.writes[0]?.request?.expectRevision).toBe(0);
    // Neither whole nor letter by letter, as an unmasked field would draw it.
    for (const part of ['zq', 'xw', 'vj']) expect(app.everything).not.toContain(part);
  });

  test.each([
    ['with brackets', (app: AppUnderTest) => app.paste(PEM)],
    [
      'without brackets and cut anywhere',
      async (app: AppUnderTest) => {
        await app.press(...PEM.replaceAll('\n', '\r').split(/(?<=\r)|(?=\r)/));
      },
    ],
  ])('takes a paste of several lines whole, %s', async (_how, paste) => {
    const app = await addForm();
    await app.type('TLS_KEY', 'TLS_KEY▏');
    await app.type(KEY.tab, 'nothing of it shows until Ctrl-R');
    await paste(app);
    await app.until('••••••••▏');
    expect(app.vault.writes).toHaveLength(0);
    await app.type(KEY.enter, '✓ saved TLS_KEY');
    expect(app.vault.text('TLS_KEY')).toBe(PEM);
    expect(app.everything).not.toContain('planted');
  });

  test('says of a large value what it takes and how far it is, and of one that is too large where it may go', async () => {
    const app = await addForm();
    await app.type('CHAIN', 'CHAIN▏');
    await app.type(KEY.tab, 'nothing of it shows until Ctrl-R');
    await app.paste(`-----BEGIN CERTIFICATE-----\n${'plantedPEMline\n'.repeat(250)}`);
    await app.until('large: 3 parameters in each region; "tier": "advanced" would hold it in one');
    await app.paste('plantedPEMline\n'.repeat(1000));
    await app.until('large: 8 parameters in each region');
    expect(app.screen).not.toContain('advanced');
    await app.paste('plantedPEMline\n'.repeat(4000));
    await app.until('a secret has 65,536 at most, `waxseal file encrypt` seals more');
    await app.press(KEY.ctrlU);
    expect(app.everything).not.toContain('planted');
  });

  test('shows how many parts of a large value are written', async () => {
    const app = await addForm();
    const go = app.vault.hold('set');
    await app.type('CHAIN', 'CHAIN▏');
    await app.type(KEY.tab, 'nothing of it shows until Ctrl-R');
    await app.paste('plantedPEMline\n'.repeat(1000));
    await app.until('large: 6 parameters in each region');
    await app.type(KEY.enter, 'sealing it and writing it to us-east-1 and eu-west-1');
    app.vault.writes[0]?.request?.onProgress?.({ done: 3, total: 10 });
    await app.until('3 of 10 parts');
    go();
    await app.until('✓ saved CHAIN, revision 1, over 6 parameters in us-east-1 and eu-west-1');
    await app.until('❯ CHAIN (large)');
    await app.type(KEY.enter, 'large: in several parameters');
  });

  test('leaves out the newline after one pasted line, and says so', async () => {
    const app = await addForm();
    await app.type('TOKEN', 'TOKEN▏');
    await app.type(KEY.tab, 'nothing of it shows');
    await app.paste('planted-secret\n');
    await app.until('left out the newline at the end of the pasted line');
    await app.type(KEY.enter, '✓ saved TOKEN');
    expect(app.vault.text('TOKEN')).toBe('planted-secret');
  });

  test('masks all lengths alike', async () => {
    const masked = async (value: string): Promise<string | undefined> => {
      const app = await addForm();
      await app.type('A', 'A▏');
      await app.type(KEY.tab, 'nothing of it shows');
      await app.paste(value);
      await app.until('••••••••▏');
      return app.lines.find((line) => line.startsWith('value'));
    };
    expect(await masked('x')).toBe(await masked('planted '.repeat(500)));
  });

  test('shows on Ctrl-R, and covers again when suspended', async () => {
    const app = await addForm();
    await app.type('A', 'A▏');
    await app.type(KEY.tab, 'nothing of it shows');
    await app.paste('one\ntwo\u{1B}[31m');
    await app.until('••••••••▏');
    await app.type(KEY.ctrlR, 'two\\u{1b}[31m▏');
    expect(app.lines.find((line) => line.includes('one'))).toMatch(/value +one/);
    await app.type(KEY.ctrlZ, '••••••••▏');
    expect(app.stops).toBe(1);
    await app.type(KEY.ctrlU, 'empty');
  });

  test('says live what is wrong with a name', async () => {
    const app = await addForm();
    await app.type('BAD NAME', 'has characters that Parameter Store refuses');
    await app.type(KEY.enter, 'BAD NAME▏');
    await app.type(KEY.ctrlU, (screen) => !screen.includes('refuses'));
    await app.type(KEY.tab, 'secret name "" is empty');
    await app.type(KEY.enter, 'name    ▏');
    expect(app.vault.writes).toHaveLength(0);
  });

  test('does not write over a secret that is there, and brings a deleted name back', async () => {
    const vault = new FakeVault().plant('A', '1').plant('GONE', { value: '', deleted: true });
    const app = startApp(vault);
    await app.until('❯ A');
    await app.type('a', 'add a secret');
    await app.type('A', 'A is there already, revision 1');
    await app.type(KEY.ctrlU, (screen) => !screen.includes('there already'));
    await app.type('GONE', 'GONE▏');
    await app.type(KEY.tab, 'nothing of it shows');
    await app.type('back', '••••••••▏');
    await app.type(KEY.enter, '✓ saved GONE, revision 2');
    expect(vault.writes[0]?.request?.expectRevision).toBe(1);
  });

  test('asks before it saves an empty value', async () => {
    const app = await addForm();
    await app.type('A', 'A▏');
    await app.type(KEY.tab, 'nothing of it shows');
    await app.type(KEY.enter, 'save an empty value?');
    await app.type(KEY.enter, 'nothing of it shows');
    expect(app.vault.writes).toHaveLength(0);
    await app.type(KEY.enter, 'save an empty value?');
    await app.type('y', '✓ saved A, revision 1');
    expect(app.vault.text('A')).toBe('');
  });

  test('asks before it loses what was typed', async () => {
    const app = await addForm();
    await app.type('A', 'A▏');
    await app.type(KEY.escape, 'leave, and lose what you typed?');
    await app.type('n', 'A▏');
    await app.type(KEY.escape, 'leave, and lose what you typed?');
    await app.type('y', 'press a to add the first secret');
    await app.type('a', 'add a secret');
    await app.type(KEY.escape, 'press a to add the first secret');
  });

  test('keeps what was typed when saving fails, and tells of a region that lags', async () => {
    const app = await addForm();
    app.vault.failNext(
      'set',
      new WaxsealError('denied', 'no ssm:PutParameter', { hint: 'attach the writer policy' }),
    );
    await app.type('A', 'A▏');
    await app.type(KEY.tab, 'nothing of it shows');
    await app.type('planted', '••••••••▏');
    await app.type(KEY.enter, '✗ no ssm:PutParameter');
    expect(app.screen).toContain('attach the writer policy');
    app.vault.cutOff('eu-west-1', new WaxsealError('unreachable', 'no answer'));
    await app.type(KEY.enter, '! saved A, revision 1, in us-east-1; eu-west-1 lags behind: no answer');
    expect(app.vault.text('A')).toBe('planted');
    expect(app.everything).not.toContain('planted');
  });

  test('takes a key that comes with the very frame that asks for it', async () => {
    const app = await addForm();
    await app.type('TOKEN', 'TOKEN▏');
    await app.type(KEY.enter, 'nothing of it shows until Ctrl-R');
    await app.type('value', '••••••••▏');
    const release = app.vault.hold('set');
    await app.type(KEY.enter, 'sealing it');
    app.pressWith('✓ saved TOKEN, revision 1', 'q');
    release();
    await app.ended;
  });

  test('is not left by accident while it writes', async () => {
    const app = await addForm();
    const go = app.vault.hold('set');
    await app.type('A', 'A▏');
    await app.type(KEY.tab, 'nothing of it shows');
    await app.type('xy', '••••••••▏');
    await app.type(KEY.enter, 'sealing it and writing it to us-east-1 and eu-west-1');
    await app.type(KEY.ctrlC, 'press Ctrl-C again to leave');
    await app.press(KEY.escape, KEY.enter);
    go();
    await app.until('✓ saved A');
    expect(app.vault.writes).toHaveLength(1);
  });

  test('waits behind a terminal that is too small', async () => {
    const app = await addForm();
    await app.type('A', 'A▏');
    await app.type(KEY.tab, 'nothing of it shows');
    await app.type('planted', '••••••••▏');
    app.resize(50, 10);
    await app.until('this terminal is too small: it has 50x10, waxseal');
    expect(app.screen).not.toContain('••••••••');
    await app.press('q', 'lost');
    app.resize(60, 15);
    await app.until('••••••••▏');
    await app.type(KEY.enter, '✓ saved A');
    expect(app.vault.text('A')).toBe('planted');
  });
});

describe('editing', () => {
  test('writes on top of the revision that was shown, and keeps the expiry', async () => {
    const expiresAt = Date.now() + 86_400_000;
    const app = await editForm(new FakeVault().plant('A', { value: 'old', expiresAt }));
    await app.type('new', '••••••••▏');
    await app.type(KEY.enter, '✓ saved A, revision 2');
    expect(app.vault.writes[0]?.request).toEqual({
      expectRevision: 1,
      expiresAt,
      onProgress: expect.any(Function),
    });
  });

  test('tells who came first, and keeps what was typed', async () => {
    const app = await editForm(new FakeVault().plant('A', 'old'));
    await app.paste('planted-mine');
    await app.until('••••••••▏');
    app.vault.plant('A', 'theirs');
    await app.type(KEY.enter, 'writer/session-2 came first with revision 2, just now');
    expect(app.vault.text('A')).toBe('theirs');
    await app.type('n', '••••••••▏');
    await app.type(KEY.enter, 'reload, so that yours goes on top of it?');
    await app.type('y', 'what you typed is kept: Enter writes it on top of revision 2');
    expect(app.vault.text('A')).toBe('theirs');
    await app.type(KEY.enter, '✓ saved A, revision 3');
    expect(app.vault.text('A')).toBe('planted-mine');
    expect(app.everything).not.toContain('planted-mine');
  });

  test('says what it knows where the history cannot be read', async () => {
    const app = await editForm(new FakeVault().plant('A', 'old'));
    await app.paste('mine');
    await app.until('••••••••▏');
    app.vault.plant('A', 'theirs').failNext('history', new WaxsealError('denied', 'no history'));
    await app.type(KEY.enter, 'somebody else came first with revision 2');
  });

  test('takes over the current value on Ctrl-O', async () => {
    const app = await editForm(new FakeVault().plant('A', 'planted-old'));
    await app.type(KEY.ctrlO, 'took over the value of revision 1');
    await app.type(KEY.ctrlW, 'empty');
    await app.type('new', '••••••••▏');
    await app.type(KEY.enter, '✓ saved A, revision 2');
    expect(app.vault.text('A')).toBe('new');
    expect(app.everything).not.toContain('planted-old');
  });
});

describe('an expiry', () => {
  test('may be given, in days or as a date, and is told before it is saved', async () => {
    const app = await addForm();
    await app.type('TOKEN', 'TOKEN▏');
    await app.type(KEY.tab, 'nothing of it shows');
    await app.type('planted', '••••••••▏');
    await app.type(KEY.tab, 'such as 90d');
    await app.type('90d', (screen) => /expires \d{4}-\d\d-\d\d \d\d:\d\d UTC, in 90 days/.test(screen));
    await app.type(KEY.enter, '✓ saved TOKEN, revision 1');
    const { expiresAt = 0 } = app.vault.writes[0]?.request ?? {};
    expect(Math.round((expiresAt - Date.now()) / 86_400_000)).toBe(90);
    expect(app.everything).not.toContain('planted');
  });

  test('that is none is said, and nothing is written', async () => {
    const app = await addForm();
    await app.type('A', 'A▏');
    await app.type(KEY.tab, 'nothing of it shows');
    await app.type('x', '••••••••▏');
    await app.type(KEY.backTab, 'A▏');
    await app.type(KEY.backTab, 'such as 90d');
    await app.type('2020-01-01', '2020-01-01▏');
    await app.type(KEY.tab, 'A▏');
    await app.type(KEY.enter, '••••••••▏');
    await app.type(KEY.enter, '✗ the expiry expected a time to come, got "2020-01-01"');
    expect(app.screen).toContain('2020-01-01▏');
    expect(app.vault.writes).toHaveLength(0);
    await app.type(KEY.ctrlU, 'such as 90d');
    await app.type(KEY.enter, '✓ saved A, revision 1');
    expect(app.vault.writes[0]?.request?.expiresAt).toBeUndefined();
  });

  test('stands in the form where there is one, and goes when it is cleared', async () => {
    const expiresAt = Date.UTC(2099, 0, 31);
    const app = await editForm(new FakeVault().plant('A', { value: 'old', expiresAt }));
    expect(app.screen).toMatch(/expires +2099-01-31/);
    await app.type('new', '••••••••▏');
    await app.type(KEY.tab, 'expires 2099-01-31 00:00 UTC, in ');
    await app.type(KEY.ctrlU, 'such as 90d');
    await app.type(KEY.tab, '••••••••▏');
    await app.type(KEY.enter, '✓ saved A, revision 2');
    expect(app.vault.writes[0]?.request?.expiresAt).toBeUndefined();
  });

  test('that has passed is not kept', async () => {
    const app = await editForm(new FakeVault().plant('A', { value: 'old', expiresAt: 1000 }));
    expect(app.screen).toMatch(/expires +never/);
    await app.type('new', '••••••••▏');
    await app.type(KEY.enter, '✓ saved A, revision 2');
    expect(app.vault.writes[0]?.request?.expiresAt).toBeUndefined();
  });

  test('that was changed is asked for before it is lost', async () => {
    const app = await editForm(new FakeVault().plant('A', 'old'));
    await app.type(KEY.tab, 'such as 90d');
    await app.type('1y', 'in 365 days');
    await app.type(KEY.escape, 'leave, and lose what you typed?');
  });
});

describe('Ctrl-G', () => {
  test('makes a value that is not drawn, and leaves one that is there', async () => {
    const app = await addForm();
    await app.type('TOKEN', 'TOKEN▏');
    await app.type(KEY.ctrlG, 'generated a value of 190 bits');
    expect(app.screen).toContain('••••••••▏');
    await app.type(KEY.ctrlG, '✗ there is a value already');
    await app.type(KEY.enter, '✓ saved TOKEN, revision 1');
    const value = app.vault.text('TOKEN') ?? '';
    expect(value).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(app.everything).not.toContain(value);
  });

  test('gives a secret that is there a new value', async () => {
    const app = await editForm(new FakeVault().plant('A', 'old'));
    await app.type(KEY.ctrlG, 'generated a value of 190 bits');
    await app.type(KEY.enter, '✓ saved A, revision 2');
    expect(app.vault.text('A')).toMatch(/^[A-Za-z0-9]{32}$/);
  });
});
