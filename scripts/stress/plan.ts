import { ROOT } from '../system/start.mjs';
import { closedLoop, type Driven, openLoop } from './drive.ts';
import { type Machine, machine } from './machine.ts';
import { type System, startSystem } from './system.ts';
import { Expectations, type Kind, MIX, PEOPLE, type Traffic } from './traffic.ts';
import { type Cost, watched } from './watch.ts';

/** What to run. Times in seconds. */
export interface Plan {
  /** Users without think time. */
  users: number[];
  closedSeconds: number;
  /** Constant rates, as shares of the best rate of the ramp. */
  shares: number[];
  openSeconds: number;
  /** People who open the page or send a picture, with 1 to 5 s between. */
  people: number[];
  peopleSeconds: number;
  replicas: number[];
}

export const PLANS: Record<'full' | 'quick', Plan> = {
  full: {
    ...{ users: [1, 2, 4, 8, 16, 32, 64], closedSeconds: 1.5 },
    ...{ shares: [0.5, 0.8, 1, 1.2], openSeconds: 2.5 },
    ...{ people: [10, 100, 1_000], peopleSeconds: 12, replicas: [1, 2] },
  },
  quick: {
    ...{ users: [1, 4], closedSeconds: 0.6 },
    ...{ shares: [0.5, 1], openSeconds: 1 },
    ...{ people: [10, 100], peopleSeconds: 3, replicas: [1] },
  },
};

/** The result of one load. */
export type Stretch = { traffic: string } & Driven & Cost;

export interface Results {
  machine: Machine;
  began: string;
  plan: Plan;
  closed: ({ users: number } & Stretch)[];
  open: ({ offered: number } & Stretch)[];
  people: ({ users: number; replicas: number } & Stretch)[];
}

const RAMPED: (Kind | 'mixed')[] = ['page', 'classify', 'rotate', 'pipeline', 'mixed'];
const THINK: [number, number] = [1_000, 5_000];

/** Runs a plan, one system after another. @param tell called with a line for each result */
export async function runPlan(plan: Plan, tell: (line: string) => void): Promise<Results> {
  const results: Results = {
    machine: machine(),
    began: new Date().toISOString(),
    plan,
    closed: [],
    open: [],
    people: [],
  };
  const env = { GATEWAY_IDLE: '0' };
  await withSystem(env, (system, expectations) => rampAndRates(system, expectations, results, tell));
  for (const replicas of plan.replicas) {
    await withSystem({ ...env, GATEWAY_MAX_REPLICAS: String(replicas) }, async (system, expectations) => {
      for (const users of plan.people) {
        const traffic = expectations.mixed(PEOPLE);
        const run = () => closedLoop({ url: system.url, traffic, seconds: plan.peopleSeconds, users, think: THINK });
        const stretch = { users, replicas, traffic: 'people', ...(await watched(system, run)) };
        results.people.push(stretch);
        tell(line(`people, at most ${replicas} replica${replicas === 1 ? '' : 's'}`, `${users} users`, stretch));
      }
    });
  }
  return results;
}

async function withSystem(
  env: Record<string, string>,
  work: (system: System, expectations: Expectations) => Promise<void>,
): Promise<void> {
  const system = await startSystem({ env });
  try {
    await work(system, await Expectations.learn(system.url, ROOT));
  } catch (error) {
    throw new Error(`${error}\nThe system's last output:\n${system.lastLines()}`);
  } finally {
    await system.stop();
  }
}

async function rampAndRates(
  system: System,
  expectations: Expectations,
  { plan, closed, open }: Results,
  tell: (line: string) => void,
): Promise<void> {
  const { url } = system;
  for (const kind of RAMPED) {
    const traffic: Traffic = kind === 'mixed' ? expectations.mixed(MIX) : expectations.of(kind);
    for (const users of plan.users) {
      const run = () => closedLoop({ url, traffic, seconds: plan.closedSeconds, users });
      closed.push({ traffic: kind, users, ...(await watched(system, run)) });
      tell(line(kind, `${users} users`, closed.at(-1) as Stretch));
    }
    const best = Math.max(...closed.filter((one) => one.traffic === kind).map(({ rate }) => rate));
    for (const share of plan.shares) {
      const offered = Math.max(1, Math.round(best * share));
      const run = () => openLoop({ url, traffic, seconds: plan.openSeconds, rate: offered });
      open.push({ traffic: kind, offered, ...(await watched(system, run)) });
      tell(line(kind, `${offered}/s offered`, open.at(-1) as Stretch));
    }
  }
}

function line(what: string, how: string, { rate, p50, p99, wrong, codes }: Stretch): string {
  const times = `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`;
  const load = `${what.padEnd(26)} ${how.padEnd(14)}`;
  const alarm = wrong ? `  ${wrong} WRONG` : '';
  return `${load} ${rate.toFixed(1).padStart(7)}/s right  ${times}  ${JSON.stringify(codes)}${alarm}`;
}
