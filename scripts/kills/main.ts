import { randomInt } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { Random } from '../../test/fuzz/random.ts';
import { settle } from '../chaos/aftermath.ts';
import { JOB_STEPS, job, type Promised, queued, takeCallbacks } from '../chaos/load.ts';
import { connections, send } from '../stress/send.ts';
import { type System, startSystem } from '../stress/system.ts';

const USAGE = `Usage: npm run kills -- [--calls 700] [--kills 100] [--seed N]

Starts a system of its own and kills its gateway (kill -9) again and again while it accepts queued calls and jobs (one
call in five). All functions are healthy. Then waits for everything that was accepted. The seed decides when to kill; it
is printed. Exit status: 0 nothing lost or given up; 1 otherwise; 2 wrong usage.`;

const JOB_EVERY = 5;
const CLIENTS = 4;
/** The longest time from the last accepted call to the kill, ms, so that deliveries are interrupted at any moment. */
const LINGER_MS = 1_500;
/** How long to wait for results after the last kill. */
const SETTLE_MS = 600_000;

/** State across restarts of the gateway. */
interface Run {
  photo: Buffer;
  callback: string;
  promises: Promised;
  random: Random;
  sent: number;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      calls: { type: 'string', default: '700' },
      kills: { type: 'string', default: '100' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [calls, kills, seed] = [Number(values.calls), Number(values.kills), Number(values.seed)];
  if (values.help || !(calls > 0 && kills > 0 && Number.isSafeInteger(seed))) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  console.log(`seed ${seed}`);
  const promises: Promised = { jobs: [], calls: [], callbacks: new Map() };
  const photo = await sharp({ create: { width: 96, height: 64, channels: 3, background: '#4080c0' } })
    .jpeg()
    .toBuffer();
  let system = await start();
  const turned = await pictureOf(system, '/function/rotate-fn?angle=90', photo);
  const wanted = await pictureOf(system, `/function/pipeline-fn?output=picture&steps=${JOB_STEPS}`, photo);
  const callbacks = await takeCallbacks(promises, turned);
  try {
    const run: Run = { photo, callback: callbacks.url, promises, random: new Random(seed), sent: 0 };
    for (let killed = 1; killed <= kills; killed++) {
      await sendUntil(system, run, Math.ceil((calls * killed) / kills));
      await system.kill();
      if (killed % 10 === 0) console.log(`${killed} kills, ${acceptedOf(promises)} accepted`);
      system = await start(system);
    }
    console.log('waiting for what was accepted');
    return report(system, promises, await settle(system.url, promises, wanted, SETTLE_MS));
  } finally {
    callbacks.close();
    await system.stop();
  }
}

/** Starts a system, or restarts one that was killed. */
function start(before?: System): Promise<System> {
  const env = { GATEWAY_CALLBACK_NETWORKS: '127.0.0.0/8' };
  return startSystem({ env, ...(before && { folder: before.folder, port: Number(new URL(before.url).port) }) });
}

async function pictureOf({ url }: System, address: string, body: Buffer): Promise<Buffer> {
  const agent = connections();
  const answer = await send(url, { path: address, body }, agent);
  agent.destroy();
  if (answer.status !== 200) throw new Error(`${address}: ${answer.status} ${answer.failure ?? answer.body}`);
  return answer.body;
}

const acceptedOf = ({ jobs, calls }: Promised): number => jobs.length + calls.length;

/** Sends until `goal` calls have been accepted in total, then waits a random time before the kill. */
async function sendUntil({ url }: System, run: Run, goal: number): Promise<void> {
  const { promises, photo, callback, random } = run;
  const agent = connections();
  const client = async (): Promise<void> => {
    while (acceptedOf(promises) < goal) {
      const number = run.sent++;
      const expected = number % JOB_EVERY === 0 ? job(photo, promises) : queued(photo, callback, promises, number);
      const answer = await send(url, expected.sent, agent);
      if (answer.status === expected.status) expected.check(answer);
      else await sleep(100);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await sleep(random.below(LINGER_MS));
  agent.destroy();
}

function report(system: System, { calls, callbacks }: Promised, kept: Awaited<ReturnType<typeof settle>>): number {
  const right = (id: string): boolean => (callbacks.get(id) ?? []).some(({ status, right }) => status === 200 && right);
  const givenUp = calls.filter((id) => callbacks.has(id) && !right(id));
  const dead = readdirSync(path.join(system.folder, 'state/queue/dead'));
  const lost = [...kept.calls.lost, ...kept.jobs.lost];
  const wrong = [...kept.calls.wrong, ...kept.jobs.wrong];
  const failed = Object.values(kept.jobs.failed).reduce((sum, count) => sum + count, 0);
  console.log(
    `queued calls: ${calls.length} accepted, ${kept.calls.delivered} delivered, ${kept.calls.twice} of them twice`,
  );
  console.log(
    `jobs: ${kept.jobs.accepted} accepted, ${kept.jobs.done} done, failed ${JSON.stringify(kept.jobs.failed)}`,
  );
  console.log(
    `lost ${lost.length}, given up ${givenUp.length + failed}, dead letters ${dead.length}, wrong ${wrong.length}`,
  );
  for (const one of [...lost, ...givenUp, ...wrong].slice(0, 20)) console.log(`BAD ${one}`);
  return lost.length + givenUp.length + failed + dead.length + wrong.length === 0 ? 0 : 1;
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
