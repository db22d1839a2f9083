// Rows of a store such as DynamoDB: one data key a row, or one a table.
// Run: node docs/recipes/rows.mjs, in a folder with a waxseal.json.
import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { decryptStream, encryptStream, makeStreamKey, openStreamKey, openVault } from 'waxseal';

/** Stands for the table: `put` and `get` of an item whose attribute `body` is binary. */
const table = new Map();
const put = async (item) => void table.set(item.id, item);
const get = async (id) => table.get(id);

// One data key a row: a call to KMS for each write and read; the row's id is in the encryption context, so that KMS
// itself refuses one row's body in another's place, CloudTrail tells who opened which, and a policy can grant rows.
const ofRow = (id) => ({ context: { table: 'orders', row: id } });
export const putRow = async (open, id, value) =>
  put({ id, body: await buffer(encryptStream([Buffer.from(JSON.stringify(value))], open, ofRow(id))) });
export const getRow = async (open, id) =>
  JSON.parse(await buffer(decryptStream([(await get(id)).body], open, ofRow(id))));

// One data key a table: one call to KMS when it is made or opened, none for a row. The row's id is the name that it is
// sealed under, which this library checks. Whoever has the data key has every row.
const context = { table: 'customers' };
export const putShared = async (open, key, id, value) => {
  const body = encryptStream([Buffer.from(JSON.stringify(value))], open, { key, name: id });
  await put({ id, body: await buffer(body) });
};
export const getShared = async (open, key, id) =>
  JSON.parse(await buffer(decryptStream([(await get(id)).body], open, { key, context, name: id })));

let calls = 0;
const open = await openVault({
  observe: ({ operation }) => {
    if (operation.startsWith('kms:')) calls += 1;
  },
});
try {
  await putRow(open, 'o1', { total: 12 });
  assert.deepEqual(await getRow(open, 'o1'), { total: 12 });
  assert.equal(calls, 2);
  await put({ ...(await get('o1')), id: 'o2' });
  await assert.rejects(getRow(open, 'o2'), { code: 'misplaced' });

  calls = 0;
  const key = await makeStreamKey(open, { context });
  for (const id of ['c1', 'c2', 'c3']) await putShared(open, key, id, { id });
  key.close();
  // Another process, later: any row holds the wrapped data key of all.
  const again = await openStreamKey((await get('c1')).body, open, { context });
  for (const id of ['c1', 'c2', 'c3']) assert.deepEqual(await getShared(open, again, id), { id });
  await put({ ...(await get('c1')), id: 'c2' });
  await assert.rejects(getShared(open, again, 'c2'), { code: 'misplaced' });
  again.close();
  assert.equal(calls, 2);
  console.log('rows: ok');
} finally {
  await open.close();
}
