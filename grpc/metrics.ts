/** Upper bounds in seconds: Prometheus's usual ones, and two more for calls that start a process or a large model. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

interface Series {
  labels: string;
  count: number;
}

interface Times extends Series {
  seconds: number;
  buckets: number[];
}

/** Counts rpcs under the names that go-grpc-prometheus uses, which dashboards for gRPC look for. */
export class Metrics {
  private readonly started = new Map<string, Series>();
  private readonly handled = new Map<string, Series>();
  private readonly times = new Map<string, Times>();
  /** Calls of pictures that are not over yet; streams of health and reflection may stay open for ever. */
  running = 0;

  /** @param path `/package.Service/Method` */
  callStarted(path: string): void {
    if (!isOfGrpc(path)) this.running++;
    count(this.started, labelsOf(path));
  }

  /** @param code gRPC's name of the status, such as `OK` or `InvalidArgument` */
  callEnded(path: string, code: string, seconds: number): void {
    if (!isOfGrpc(path)) this.running--;
    const labels = labelsOf(path);
    count(this.handled, `${labels},grpc_code="${code}"`);
    const times = this.times.get(labels) ?? { labels, count: 0, seconds: 0, buckets: BUCKETS.map(() => 0) };
    this.times.set(labels, times);
    times.count++;
    times.seconds += seconds;
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) times.buckets[bucket] = (times.buckets[bucket] ?? 0) + 1;
  }

  /** Prometheus text. */
  render(): string {
    const lines = [
      ...family('grpc_server_started_total', 'counter', 'Calls that began.', this.started),
      ...family('grpc_server_handled_total', 'counter', 'Calls that are over, by status.', this.handled),
      '# HELP grpc_server_handling_seconds Time from a call to its status.',
      '# TYPE grpc_server_handling_seconds histogram',
      ...[...this.times.values()].flatMap(histogram),
      '# HELP obscura_grpc_calls_running Calls that are not over yet.',
      '# TYPE obscura_grpc_calls_running gauge',
      `obscura_grpc_calls_running ${this.running}`,
    ];
    return `${lines.join('\n')}\n`;
  }
}

/** gRPC's own services: health and reflection. */
function isOfGrpc(path: string): boolean {
  return path.startsWith('/grpc.');
}

function count(series: Map<string, Series>, labels: string): void {
  const known = series.get(labels);
  if (known) known.count++;
  else series.set(labels, { labels, count: 1 });
}

function labelsOf(path: string): string {
  const [, service = '', method = ''] = path.split('/');
  return `grpc_service="${service}",grpc_method="${method}"`;
}

function family(name: string, type: string, help: string, series: Map<string, Series>): string[] {
  const samples = [...series.values()].map(({ labels, count }) => `${name}{${labels}} ${count}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples];
}

function histogram({ labels, buckets, count, seconds }: Times): string[] {
  const name = 'grpc_server_handling_seconds';
  let below = 0;
  const lines = BUCKETS.map((bound, index) => {
    below += buckets[index] ?? 0;
    return `${name}_bucket{${labels},le="${bound}"} ${below}`;
  });
  return [
    ...lines,
    `${name}_bucket{${labels},le="+Inf"} ${count}`,
    `${name}_sum{${labels}} ${seconds}`,
    `${name}_count{${labels}} ${count}`,
  ];
}
