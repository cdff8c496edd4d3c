import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LeftOut, NOT_AT_HOME } from './left-out.ts';

const ACCEPTANCE = [
  'gateway-contract',
  'main-job',
  'pipeline',
  'pipeline-{acceptance,feedback,jobs}',
  'page',
  'page-{darkroom,errors,examples,labels,pipeline,plain,quality,sheet,state,trouble,view}',
  'copy-as',
  'grpc',
  'grpc-{grpcurl,older}',
  'same-bytes',
  'cli',
  'cli-classify',
];

/*
 * npm run test:openfaas: the acceptance tests against a gateway in front of the images, or any that GATEWAY_URL names.
 */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: [`test/{${ACCEPTANCE}}.test.ts`, 'test/openfaas/*.test.ts'],
    // Images are nothing of a gateway's that somebody names.
    exclude: process.env.GATEWAY_URL ? ['test/openfaas/other-platform.test.ts'] : [],
    testNamePattern: NOT_AT_HOME,
    reporters: ['default', new LeftOut()],
    globalSetup: ['test/openfaas/setup.ts'],
    // A container takes longer to answer than a process beside the test.
    // OpenFaaS CE's queue worker takes one queued call at a time, and jobs are such.
    testTimeout: process.env.GATEWAY_URL ? 300_000 : 60_000,
    hookTimeout: 120_000,
    // As long as the test itself: how soon something comes is the machine's business.
    expect: { poll: { timeout: process.env.GATEWAY_URL ? 240_000 : 40_000 } },
    fileParallelism: false,
  },
});
