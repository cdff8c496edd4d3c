import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Random } from '../../test/fuzz/random.ts';
import { machine } from '../stress/machine.ts';
import { connections, send } from '../stress/send.ts';
import { Expectations } from '../stress/traffic.ts';
import { ROOT } from '../system/start.mjs';
import { type FaultReport, faultReports, type Happened, type Kept, settle, unexplainedCuts } from './aftermath.ts';
import { type Fault, faultsOf } from './faults.ts';
import { JOB_STEPS, type Judged, type Load, startLoad } from './load.ts';
import { makeWorld, type World } from './world.ts';

const USAGE = `Usage: npm run chaos -- [--minutes 10] [--rate 6] [--seed N] [--out bench/chaos/results]

Runs a system of its own under load while its parts are killed, frozen, filled up or misconfigured, one after the other.
The seed decides the order; it is printed, and the same seed repeats the run. Needs Linux. With Redis, versitygw (or
VERSITYGW), libfaketime and the right to mount a file system, there are more faults.
Exit status: 0 no wrong answer, nothing lost, every failure explained; 1 otherwise; 2 wrong usage.`;

/** Pause between two faults, for the system to recover. */
const QUIET_MS = 8_000;
/** How long clients wait for accepted work after the last fault. */
const PATIENCE_MS = 240_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      rate: { type: 'string', default: '6' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
      out: { type: 'string', default: path.join(ROOT, 'bench/chaos/results') },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [minutes, rate, seed] = [Number(values.minutes), Number(values.rate), Number(values.seed)];
  if (values.help || !(minutes > 0 && rate > 0 && Number.isSafeInteger(seed))) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const world = await makeWorld();
  try {
    const result = await chaos(world, { seconds: minutes * 60, rate, seed });
    mkdirSync(values.out, { recursive: true });
    const file = path.join(values.out, `${new Date().toISOString().slice(0, 10)}.json`);
    writeFileSync(file, `${JSON.stringify({ machine: machine(), minutes, rate, seed, ...result }, undefined, 1)}\n`);
    console.log(`raw results: ${path.relative(process.cwd(), file)}`);
    return tell(result);
  } finally {
    await world.end();
  }
}

interface Result {
  missing: string[];
  requests: { [verdict: string]: number };
  wrong: Judged[];
  unexplained: Judged[];
  kept: Kept;
  faults: FaultReport[];
  happened: Happened[];
  /** All answers that were not right. */
  failed: Judged[];
}

async function chaos(
  world: World,
  { seconds, rate, seed }: { seconds: number; rate: number; seed: number },
): Promise<Result> {
  console.log(`seed ${seed}`);
  const { url } = world;
  const expectations = await Expectations.learn(url, ROOT);
  const photo = readFileSync(path.join(ROOT, 'functions/frontend-fn/page/samples/coffee.jpg'));
  const turned = await pictureOf(url, '/function/rotate-fn?angle=90', photo);
  const wanted = await pictureOf(url, `/function/pipeline-fn?output=picture&steps=${JOB_STEPS}`, photo);
  const load = await startLoad(url, expectations, { photo, turned, rate, seconds });
  const happened = await faultsUntil(world, performance.now() + (seconds - 10) * 1000, new Random(seed));
  await load.done;
  console.log('waiting for what was accepted');
  const kept = await settle(url, load.promises, wanted, PATIENCE_MS);
  load.close();
  return result(world, load, happened, kept);
}

async function pictureOf(url: string, address: string, body: Buffer): Promise<Buffer> {
  const agent = connections();
  const answer = await send(url, { path: address, body }, agent);
  agent.destroy();
  if (answer.status !== 200) throw new Error(`${address}: ${answer.status} ${answer.failure ?? answer.body}`);
  return answer.body;
}

/** One fault after the other; each kind once before any is repeated. */
async function faultsUntil(world: World, end: number, random: Random): Promise<Happened[]> {
  const faults = faultsOf(world, (count) => random.below(count));
  const happened: Happened[] = [];
  let bag: Fault[] = [];
  while (performance.now() < end) {
    if (bag.length === 0) bag = [...faults];
    const [fault] = bag.splice(random.below(bag.length), 1) as [Fault];
    const began = performance.now();
    const undo = await fault.begin();
    await sleep(fault.holds * 1000);
    await undo?.();
    const over = performance.now();
    console.log(`${fault.name}: ${((over - began) / 1000).toFixed(1)} s`);
    await sleep(QUIET_MS);
    happened.push({ name: fault.name, began, over, until: performance.now() });
  }
  return happened;
}

function result(world: World, { records }: Load, happened: Happened[], kept: Kept): Result {
  const requests: Result['requests'] = {};
  for (const { verdict } of records) requests[verdict] = (requests[verdict] ?? 0) + 1;
  const parts = { Redis: world.redis, S3: world.s3, 'a disk of its own': world.disk, 'a clock to set': world.clock };
  return {
    missing: Object.entries(parts).flatMap(([name, part]) => (part === undefined ? [name] : [])),
    requests,
    wrong: records.filter(({ verdict }) => verdict === 'wrong'),
    unexplained: [
      ...records.filter(({ verdict }) => verdict === 'unexplained'),
      ...unexplainedCuts(records, world.away),
    ],
    kept,
    faults: faultReports(happened, records),
    happened,
    failed: records.filter(({ verdict }) => verdict !== 'right'),
  };
}

function tell({ missing, requests, wrong, unexplained, kept, faults }: Result): number {
  if (missing.length > 0) console.log(`without ${missing.join(', ')}: install them for the whole of it`);
  for (const { name, times, requests: felt, refused, recovery, codes } of faults) {
    const refusals = `${refused} of ${felt} refused`;
    const again = `${recovery.median.toFixed(1)} s, at most ${recovery.longest.toFixed(1)} s`;
    console.log(`${name.padEnd(26)} × ${times}: ${refusals}, recovered after ${again}  ${JSON.stringify(codes)}`);
  }
  console.log(`requests: ${JSON.stringify(requests)}`);
  console.log(`jobs: ${JSON.stringify(kept.jobs)}\nqueued calls: ${JSON.stringify(kept.calls)}`);
  for (const { path: address, code, words } of [...wrong, ...unexplained].slice(0, 20))
    console.log(`BAD ${address}: ${code} ${words ?? ''}`);
  const bad = [wrong, unexplained, kept.jobs.wrong, kept.jobs.lost, kept.calls.wrong, kept.calls.lost];
  return bad.every((list) => list.length === 0) ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(error.stack);
    process.exitCode = 2;
  },
);
