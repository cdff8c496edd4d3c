import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/* npm run test:openfaas: the acceptance tests against a gateway in front of the images, or any that GATEWAY_URL names. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/{gateway-contract,main-job,pipeline,page}.test.ts', 'test/openfaas/*.test.ts'],
    // Two look at what only a gateway of this machine has: an address on its loopback, and files in its store.
    testNamePattern: /^(?!.*(a picture by its address|a wrong answer is reported))/,
    globalSetup: ['test/openfaas/setup.ts'],
    // A container takes longer to answer than a process beside the test.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
