import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Driven, openLoop } from '../stress/drive.ts';
import { machine } from '../stress/machine.ts';
import { processesOf } from '../stress/processes.ts';
import { type System, startSystem } from '../stress/system.ts';
import { Expectations, type ExpectedCall } from '../stress/traffic.ts';
import { ROOT } from '../system/start.mjs';
import { everyday } from './traffic.ts';
import { type Finding, judge, type Sample } from './verdict.ts';

const USAGE = `Usage: npm run soak -- [--minutes 30] [--rate 5] [--out bench/soak/results]

Runs a system of its own at a steady rate and watches memory, open files, temporary files, the store and the log.
Needs Linux. Exit status: 0 nothing leaks and no answer was wrong, 1 something did, 2 wrong usage.`;

/** Limits that half an hour of this load exceeds many times over. */
const CACHE_BYTES = 8 * 1024 ** 2;
const STORE_BYTES = 32 * 1024 ** 2;
/** The store evicts objects at intervals, not at every write. */
const STORE_SLACK = 1.5;

const SAMPLE_EVERY_MS = 5_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '30' },
      rate: { type: 'string', default: '5' },
      out: { type: 'string', default: path.join(ROOT, 'bench/soak/results') },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
  if (values.help || !(minutes > 0 && rate > 0)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const system = await startSystem({
    // No process stops when idle: a new process would hide a leak.
    env: { GATEWAY_IDLE: '0', CACHE_BYTES: String(CACHE_BYTES), STORE_BYTES: String(STORE_BYTES) },
  });
  const { samples, load } = await soak(system, { seconds: minutes * 60, rate });
  await system.stop();
  const findings = [answered(load), ...judge(samples, { storeBound: STORE_BYTES * STORE_SLACK })];
  for (const { what, measured, bar, fine } of findings)
    console.log(`${fine ? 'fine ' : 'FAILS'} ${what}: ${measured} (bar: ${bar})`);
  mkdirSync(values.out, { recursive: true });
  const file = path.join(values.out, `${new Date().toISOString().slice(0, 10)}.json`);
  writeFileSync(file, `${JSON.stringify({ machine: machine(), minutes, rate, load, findings, samples })}\n`);
  console.log(`raw results: ${path.relative(process.cwd(), file)}`);
  return findings.every(({ fine }) => fine) ? 0 : 1;
}

async function soak(
  system: System,
  { seconds, rate }: { seconds: number; rate: number },
): Promise<{ samples: Sample[]; load: Driven }> {
  const traffic = everyday(await Expectations.learn(system.url, ROOT), ROOT);
  const started = performance.now();
  const samples: Sample[] = [];
  let requests = 0;
  const next = (): ExpectedCall => {
    requests += 1;
    return traffic.next();
  };
  const takeSample = (): void => void samples.push(sample(system, (performance.now() - started) / 1000, requests));
  const timer = setInterval(takeSample, SAMPLE_EVERY_MS);
  const load = await openLoop({ url: system.url, traffic: { next }, seconds, rate });
  clearInterval(timer);
  // The queue is empty before the last measurement: its files are not a leak.
  await sleep(10_000);
  takeSample();
  return { samples, load };
}

function sample({ pid, folder, logged }: System, at: number, requests: number): Sample {
  const processes = processesOf(pid).map(({ pid: id, name, rssMb, handles }) => [
    `${name} ${id}`,
    { rssMb: Math.round(rssMb * 10) / 10, handles },
  ]);
  return {
    at: Math.round(at),
    requests,
    processes: Object.fromEntries(processes),
    temporaryFiles: sizes(path.join(folder, 'tmp')).length,
    storeBytes: sizes(path.join(folder, 'store')).reduce((sum, size) => sum + size, 0),
    logBytes: logged(),
  };
}

/** Bytes of each file under a folder. */
function sizes(folder: string): number[] {
  let names: string[] = [];
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    // It does not exist before the first write.
  }
  return names.flatMap((name) => {
    const found = statSync(path.join(folder, name), { throwIfNoEntry: false });
    return found?.isFile() ? [found.size] : [];
  });
}

/** A shared machine may be too slow for one request in a hundred; that is not a leak. */
const MOST_REFUSED = 0.01;

function answered({ sent, wrong, right, complaints, codes }: Driven): Finding {
  const refused = sent - right - wrong;
  return {
    what: 'answers',
    measured: [`${right} of ${sent} as expected, ${wrong} wrong`, ...complaints, JSON.stringify(codes)].join('; '),
    bar: 'none wrong, 99 % as expected',
    fine: wrong === 0 && refused <= sent * MOST_REFUSED,
  };
}

process.exitCode = await main();
