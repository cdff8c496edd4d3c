import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Packages whose tests leave their process as they found it: a worker goes through many of
 * these files, and starts once.
 */
const together = [
  'src/{config,contract,http,client,storage,report,inference,decoding,process,imaging,clip}/**/*.test.ts',
  '{grpc,cli,scripts}/**/*.test.ts',
];
/** All others get a process each. */
const alone = ['{functions,src/intake,gateway,template,deploy,test}/**/*.test.ts'];
/**
 * The whole system from outside: in a browser, by the command, over gRPC, under attack, and scripts that run for long.
 * `npm test` leaves these to `npm run test:all`, apart from the main job (test/main-job.test.ts).
 */
const system = [
  'test/{completion,copy-as,package}.test.ts',
  'test/{page,page-*,cli,cli-{classify,errors,exits},grpc,grpc-*}.test.ts',
  'test/{formats,same-bytes,damaged,pipeline*,template-handlers}.test.ts',
  'test/{attack,security-*,foreign-page,caller-leaves,gateway-{crash,hosts}}.test.ts',
  'test/{api-docs,openapi-client,openapi-lint,status-page}.test.ts',
  'test/{build-while-running,dashboard,scripts,shipped-packages}.test.ts',
  'scripts/{evaluate/evaluate,models/models}.test.ts',
  'grpc/sample-client.test.ts',
];
/** Need images: npm run test:openfaas. */
const images = 'test/openfaas/**';

/** The times are for machines that have other work; a test that holds something to a time measures it. */
const shared = { testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 3 };

/**
 * A worker is kept only while the next file may use it, so those that share come one after the other;
 * last, for they are short.
 */
class LongOnesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const shares = ({ project }: TestSpecification): boolean => !project.config.isolate;
    return [...sorted.filter((file) => !shares(file)), ...sorted.filter(shares)];
  }
}

export default defineConfig({
  test: {
    // Workers and whole-system tests run the bundles, as users do.
    globalSetup: ['test/build.setup.ts', 'test/shared.setup.ts'],
    sequence: { sequencer: LongOnesFirst },
    // More than there are processors: half of the tests wait for processes and timers.
    maxWorkers: shared.maxWorkers,
    projects: [
      { test: { ...shared, name: 'system', include: system } },
      { test: { ...shared, name: 'alone', include: alone, exclude: [images, ...system] } },
      { test: { ...shared, name: 'together', include: together, exclude: system, isolate: false } },
    ],
  },
});
