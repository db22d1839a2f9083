/** Middy's ssm middleware: parameters by name, fetched when the handler is first called. */
import middy from '@middy/core';
import ssm from '@middy/ssm';

const names = JSON.parse(process.env.BENCH_NAMES ?? '[]');
const fetchData = Object.fromEntries(names.map((name, i) => [`s${i}`, name]));
let values = [];
const handler = middy()
  .use(ssm({ fetchData, setToContext: true }))
  .handler(async (_event, context) => {
    values = Object.keys(fetchData).map((key) => context[key]);
  });
await handler({}, { getRemainingTimeInMillis: () => 60_000 });
if (values.length !== names.length || values.some((value) => typeof value !== 'string')) {
  throw new Error('secrets are missing');
}
