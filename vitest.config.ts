import { defineConfig, type ViteUserConfig } from 'vitest/config';

const deep = process.env.TEST_DEEP === '1';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    testTimeout: deep ? 600_000 : 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // One more than the two cores that are reckoned with: many tests wait for a process, a deadline or a terminal.
    maxWorkers: 3,
  },
});

export default config;
