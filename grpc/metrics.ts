import { Counter, gauge, Histogram, type Labels } from '#kit/metrics';

/** Counts rpcs under the names of go-grpc-prometheus, which gRPC dashboards expect. */
export class Metrics {
  private readonly started = new Counter('grpc_server_started_total', 'Calls that began.');
  private readonly handled = new Counter('grpc_server_handled_total', 'Calls that are over, by status.');
  private readonly durations = new Histogram('grpc_server_handling_seconds', 'Time from a call to its status.');
  /** Calls in flight for pictures; streams of health and reflection may stay open for ever. */
  running = 0;

  /** @param path `/package.Service/Method` */
  callStarted(path: string): void {
    if (!isOfGrpc(path)) this.running++;
    this.started.inc(labelsOf(path));
  }

  /** @param code gRPC's name of the status, such as `OK` or `InvalidArgument` */
  callEnded(path: string, code: string, seconds: number): void {
    if (!isOfGrpc(path)) this.running--;
    this.handled.inc({ ...labelsOf(path), grpc_code: code });
    this.durations.observe(labelsOf(path), seconds);
  }

  /** Prometheus text. */
  render(): string {
    return [
      this.started.render(),
      this.handled.render(),
      this.durations.render(),
      gauge('obscura_grpc_calls_running', 'Calls that are not over yet.', this.running),
    ].join('');
  }
}

/** gRPC's own services: health and reflection. */
function isOfGrpc(path: string): boolean {
  return path.startsWith('/grpc.');
}

function labelsOf(path: string): Labels {
  const [, service = '', method = ''] = path.split('/');
  return { grpc_service: service, grpc_method: method };
}
