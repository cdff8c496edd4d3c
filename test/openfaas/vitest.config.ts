import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const ACCEPTANCE = [
  'gateway-contract',
  'main-job',
  'pipeline',
  'pipeline-{acceptance,feedback,jobs}',
  'page',
  'page-{darkroom,pipeline,plain,quality,trouble}',
  'grpc',
  'same-bytes',
  'cli',
];

/** Tests that look at what only a system started for them has, which the containers' own tests look at instead. */
const AT_HOME = [
  // an address on this machine's loopback
  'a picture by its address',
  'a picture that came by its address',
  'the gateway calls back with the finished job',
  // files in its store, and the password that it was started with
  'a wrong answer is reported',
  'asking again changes nothing and draws nothing',
  'adds exactly one report',
  'reports at once lose none',
  'the picture is kept only when asked for',
  'no text breaks out of its cell',
  // its log, its processes, a store that is none, an answer that nobody had before
  'the call id is in the function’s log',
  'one whose worker is killed',
  'without a usable store',
  'begins with before and after',
];

/* npm run test:openfaas: the acceptance tests against a gateway in front of the images, or any that GATEWAY_URL names. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: [`test/{${ACCEPTANCE}}.test.ts`, 'test/openfaas/*.test.ts'],
    // Images are nothing of a gateway's that somebody names.
    exclude: process.env.GATEWAY_URL ? ['test/openfaas/other-platform.test.ts'] : [],
    testNamePattern: new RegExp(`^(?!.*(${AT_HOME.join('|')}))`),
    globalSetup: ['test/openfaas/setup.ts'],
    // A container takes longer to answer than a process beside the test.
    // OpenFaaS CE's queue worker takes one queued call at a time, and jobs are such.
    testTimeout: process.env.GATEWAY_URL ? 300_000 : 60_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
