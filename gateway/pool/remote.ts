import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { type Lease, Unavailable, type Upstream } from './upstream.ts';

/** The address of a function on another host. */
export interface Place {
  host: string;
  port: number;
}

export interface RemoteOptions {
  name: string;
  places: Place[];
  log: Log;
}

const PROBE_EVERY_MS = 5000;
const PROBE_TIMEOUT_MS = 2000;
const FINISH_LOOK_MS = 50;

/** Idle connections close here first: a function image's watchdog keeps them longer. */
const IDLE_CONNECTION_MS = 4000;

interface Known extends Place {
  agent: Agent;
  inflight: number;
  up: boolean;
  probe: Promise<void> | undefined;
}

/**
 * A function whose processes run elsewhere, behind the watchdog of its image. Hosts that do not answer get no calls
 * until they do again.
 */
export class RemoteUpstream implements Upstream {
  private readonly options: RemoteOptions;
  private readonly places: Known[];
  private readonly timer: NodeJS.Timeout;

  constructor(options: RemoteOptions) {
    this.options = options;
    this.places = options.places.map((place) => ({
      ...place,
      agent: new Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MS, scheduling: 'lifo', maxFreeSockets: 64 }),
      inflight: 0,
      // Until a call or a health check says otherwise.
      up: true,
      probe: undefined,
    }));
    this.timer = setInterval(() => this.places.forEach((place) => void this.look(place)), PROBE_EVERY_MS);
    this.timer.unref();
  }

  take(): Lease | undefined {
    const known = this.leastBusy();
    return known && this.lease(known);
  }

  async acquire(signal: AbortSignal): Promise<Lease> {
    signal.throwIfAborted();
    const known = this.take();
    if (known) return known;
    await Promise.all(this.places.map((place) => this.look(place)));
    signal.throwIfAborted();
    const found = this.take();
    if (found) return found;
    const wait = PROBE_EVERY_MS / 1000;
    throw new Unavailable(`The host of ${this.options.name} does not answer; try again in ${wait} s.`, wait);
  }

  count(): { replicas: number; available: number } {
    return { replicas: this.places.length, available: this.places.filter(({ up }) => up).length };
  }

  /** The other hosts decide how many there are. */
  scale(): number {
    return this.places.length;
  }

  async finish(): Promise<void> {
    while (this.places.some(({ inflight }) => inflight > 0)) await pause(FINISH_LOOK_MS);
    await this.stop();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    for (const { agent } of this.places) agent.destroy();
  }

  kill(): void {
    void this.stop();
  }

  private leastBusy(): Known | undefined {
    return this.places.filter(({ up }) => up).sort((a, b) => a.inflight - b.inflight)[0];
  }

  private lease(place: Known): Lease {
    place.inflight++;
    let released = false;
    const release = () => {
      if (!released) place.inflight--;
      released = true;
    };
    const lost = () => {
      this.mark(place, false);
      return this.look(place);
    };
    const { host, port, agent } = place;
    // The other host looks after its processes.
    return { host, port, agent, crowded: false, release, answered: () => {}, timedOut: () => {}, lost };
  }

  private look(place: Known): Promise<void> {
    place.probe ??= answersAt(place)
      .then((up) => this.mark(place, up))
      .finally(() => {
        place.probe = undefined;
      });
    return place.probe;
  }

  private mark(place: Known, up: boolean): void {
    const { log, name } = this.options;
    if (place.up && !up) log.warn(`${name} does not answer at ${place.host}:${place.port}`);
    if (!place.up && up) log.info(`${name} answers at ${place.host}:${place.port}`);
    place.up = up;
  }
}

/** Checks a watchdog's health; any answer other than a failure counts. */
function answersAt({ host, port }: Place): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request({ host, port, path: '/_/health', agent: false, timeout: PROBE_TIMEOUT_MS }, (answer) => {
      answer.resume();
      resolve((answer.statusCode ?? 500) < 500);
    });
    sent.on('timeout', () => sent.destroy(new Error('timed out')));
    sent.on('error', () => resolve(false));
    sent.end();
  });
}
