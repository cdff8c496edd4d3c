import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';

/**
 * Why tests are left out, by parts of their names: they look at what only a system has that
 * they have started themselves.
 */
const AT_HOME: Record<string, string[]> = {
  "The picture's address is on this machine's loopback, which functions elsewhere do not reach.": [
    'a picture by its address',
    'a picture that came by its address',
    'a URL is there for what was fetched',
  ],
  'It reads the files in the store of a system that the test starts, or knows the password that it gave it.': [
    'a wrong answer is reported',
    'asking again changes nothing and draws nothing',
    'adds exactly one report',
    'reports at once lose none',
    'the picture is kept only when asked for',
    'no text breaks out of its cell',
  ],
  'It reads the log of a gateway that the test starts.': ['the call id is in the function’s log'],
  'It kills a process, or stops a gateway, that the test starts.': ['one whose worker is killed', 'Ctrl-C drains'],
  'It starts a system whose store cannot be used.': ['without a usable store'],
};

/** Why a test's own condition leaves it out, by parts of its file's or its own name. */
const CONDITIONS: Record<string, string[]> = {
  'It looks into images and containers that this suite builds and starts, which it does without GATEWAY_URL.': [
    'test/openfaas/containers.test.ts > images',
    'test/openfaas/containers.test.ts > containers',
    'test/openfaas/grpc-edge.test.ts > the gRPC edge',
    'test/openfaas/jobs.test.ts > callbacks',
    'a job whose worker’s container is killed',
  ],
  'GATEWAY_CALLBACK_HOST does not say where functions there reach this machine.': [
    'the gateway calls back with the finished job',
  ],
  'Its pictures or photos are in ../shared, which is not there.': ['needs ../shared', 'a huge photo that lies'],
  'grpcurl is not installed.': ['grpcurl, by reflection alone'],
  'grpc-health-probe is not installed.': ['gRPC’s own probe'],
  'The calls are counted at GATEWAY_METRICS_URL, which is not set.': ['calls are counted under the names of OpenFaaS'],
  'versitygw, an S3 server, is not installed.': ['with S3 (needs versitygw)'],
};

/** What keeps a run against another system from trying the tests of AT_HOME. */
export const NOT_AT_HOME = new RegExp(`^(?!.*(${Object.values(AT_HOME).flat().join('|')}))`);

/** Looked at before setup.ts names the gateway that it starts. */
const NAMED = process.env.GATEWAY_URL !== undefined;
const IMAGES_ALONE = 'Not looked at: test/openfaas/other-platform.test.ts, which builds images and asks no gateway.';
const UNKNOWN = 'nobody says why.';

/** Tells at the end why each test was left out, and fails the run when that of one is not known. */
export class LeftOut implements Reporter {
  /** Whether a person chose among the tests (`-t`), and so knows what is left out. */
  private chosen = false;

  onInit({ config }: Vitest): void {
    this.chosen = String(config.testNamePattern) !== String(NOT_AT_HOME);
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (this.chosen) return;
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')]);
    for (const why of new Set(skipped.map(whyOf))) {
      const tests = skipped.filter((test) => whyOf(test) === why);
      console.log(`\nLeft out, ${tests.length}: ${why}`);
      for (const test of tests) console.log(`  ${nameOf(test)}`);
    }
    if (NAMED) console.log(`\n${IMAGES_ALONE}`);
    if (skipped.some((test) => whyOf(test) === UNKNOWN)) process.exitCode = 1;
  }
}

const nameOf = (test: TestCase): string => `${test.module.relativeModuleId} > ${test.fullName}`;

function whyOf(test: TestCase): string {
  const name = nameOf(test);
  const all = Object.entries({ ...AT_HOME, ...CONDITIONS });
  return all.find(([, parts]) => parts.some((part) => name.includes(part)))?.[0] ?? UNKNOWN;
}
