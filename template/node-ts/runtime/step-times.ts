import type { OutgoingHttpHeaders } from 'node:http';
import { Counter, type Labels, Summary } from '#kit/metrics';
import { parseServerTiming } from '#kit/server-timing';

/** More steps or cache results than this are not counted: their names must be something else. */
const MOST_NAMES = 32;
const NAME = /^[A-Za-z][\w-]{0,31}$/;

/** Metrics from the headers of answers: `Server-Timing` (W3C) by step, and `X-Cache`. */
export class StepTimes {
  private readonly steps = new Summary('function_step_seconds', 'Time by the steps of Server-Timing.');
  private readonly cache = new Counter('function_cache_total', 'Answers by what X-Cache says of them.');

  /** @param headers an answer's */
  count(headers: OutgoingHttpHeaders): void {
    for (const { name: step, ms } of parseServerTiming(String(headers['server-timing'] ?? ''))) {
      if (accepts(this.steps, step, { step })) this.steps.observe({ step }, ms / 1000);
    }
    const result = String(headers['x-cache'] ?? '');
    if (accepts(this.cache, result, { result })) this.cache.inc({ result });
  }

  /** Prometheus text; empty before the first answer with such headers. */
  render(): string {
    return [this.steps, this.cache].map((metric) => (metric.size === 0 ? '' : metric.render())).join('');
  }
}

function accepts(metric: Counter | Summary, name: string, labels: Labels): boolean {
  return NAME.test(name) && (metric.has(labels) || metric.size < MOST_NAMES);
}
