import type { OutgoingHttpHeaders } from 'node:http';

/** Whoever names more steps or ways than this puts something else into his names. */
const MOST_NAMES = 32;
const NAME = /^[A-Za-z][\w-]{0,31}$/;

/** Counts what answers say of themselves: `Server-Timing` (W3C) by step, and `X-Cache`. */
export class StepTimes {
  private readonly steps = new Map<string, { count: number; seconds: number }>();
  private readonly cache = new Map<string, number>();

  /** @param headers of one answer */
  count(headers: OutgoingHttpHeaders): void {
    for (const entry of String(headers['server-timing'] ?? '').split(',')) {
      const [, name = '', ms] = /^\s*([^;\s]+)[^,]*;\s*dur=([\d.]+)/.exec(entry) ?? [];
      if (!hasRoom(this.steps, name) || !Number.isFinite(Number(ms))) continue;
      const { count, seconds } = this.steps.get(name) ?? { count: 0, seconds: 0 };
      this.steps.set(name, { count: count + 1, seconds: seconds + Number(ms) / 1000 });
    }
    const way = String(headers['x-cache'] ?? '');
    if (hasRoom(this.cache, way)) this.cache.set(way, (this.cache.get(way) ?? 0) + 1);
  }

  /** Prometheus text; nothing before the first answer that says anything. */
  render(): string {
    const steps = [...this.steps].flatMap(([name, { count, seconds }]) => [
      `function_step_seconds_sum{step="${name}"} ${seconds}`,
      `function_step_seconds_count{step="${name}"} ${count}`,
    ]);
    const cache = [...this.cache].map(([way, count]) => `function_cache_total{result="${way}"} ${count}`);
    return (
      family('function_step_seconds', 'summary', 'Time by the steps of Server-Timing.', steps) +
      family('function_cache_total', 'counter', 'Answers by what X-Cache says of them.', cache)
    );
  }
}

function hasRoom(map: Map<string, unknown>, name: string): boolean {
  return NAME.test(name) && (map.has(name) || map.size < MOST_NAMES);
}

function family(name: string, type: string, help: string, lines: string[]): string {
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`;
}
