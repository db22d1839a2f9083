import { expect, test } from 'vitest';
import type { AliasRecord } from '../../src/emulator/records.ts';
import { type Change, createStore } from '../../src/emulator/state/store.ts';

const alias = (keyId: string): AliasRecord => ({ name: 'alias/a', keyId, createdAt: 0, updatedAt: 0 });

test('what could not be saved did not happen', () => {
  let full = false;
  const saved: Change[] = [];
  const store = createStore((changes) => {
    if (full) throw new Error('no space left');
    saved.push(...changes);
  });
  store.transact((tx) => tx.put('alias', 'r', 'a', alias('1')));
  full = true;
  const write = (): void =>
    store.transact((tx) => {
      tx.put('alias', 'r', 'a', alias('2'));
      tx.put('alias', 'r', 'a', alias('3'));
      tx.delete('alias', 'r', 'a');
      tx.put('alias', 'r', 'b', alias('4'));
    });
  expect(write).toThrow('no space left');
  expect(store.transact((tx) => [...tx.list('alias', 'r')])).toEqual([alias('1')]);
  expect([...store.contents()]).toEqual(saved);
});
