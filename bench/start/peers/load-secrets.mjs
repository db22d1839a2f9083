/** An application that imports waxseal and loads. */
import { loadSecrets } from '../../../dist/start/index.js';

const secrets = await loadSecrets();
if (Object.keys(secrets).length !== Number(process.env.BENCH_SIZE)) throw new Error('secrets are missing');
if (process.env.BENCH_MEMORY === '1') process.stdout.write(String(process.resourceUsage().maxRSS));
