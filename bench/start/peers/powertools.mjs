/** Powertools for AWS Lambda: all parameters below a path. */
import { getParameters } from '@aws-lambda-powertools/parameters/ssm';

const { BENCH_PATH = '', BENCH_SIZE } = process.env;
const found = await getParameters(BENCH_PATH, { decrypt: true });
if (Object.keys(found ?? {}).length !== Number(BENCH_SIZE)) throw new Error('secrets are missing');
