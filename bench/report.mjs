// How the benches write down what they measured.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';

const fixed = (value, digits, unit) => (Number.isFinite(value) ? `${value.toFixed(digits)}${unit}` : '');

/** Collects rows, shows each as it comes, and writes them to `<folder>/results/<prefix><date>.json`. */
export function report(folder, about, prefix = '') {
  const rows = [];
  return {
    rows,
    add(what, result) {
      rows.push({ ...what, ...result });
      const { rps, p50, p95, cpuMs, peakMb, errors } = result;
      const figures = [
        fixed(rps, 1, ' /s'),
        fixed(p50, 1, ' ms p50'),
        fixed(p95, 1, ' ms p95'),
        fixed(cpuMs, 1, ' ms cpu'),
        fixed(peakMb, 0, ' MB'),
        errors ? `${errors} errors` : '',
      ];
      console.log([Object.values(what).join(', ').padEnd(64), ...figures].filter(Boolean).join('  '));
    },
    write() {
      const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, load: loadavg()[0] };
      mkdirSync(path.join(folder, 'results'), { recursive: true });
      const file = path.join(folder, 'results', `${prefix}${new Date().toISOString().slice(0, 10)}.json`);
      writeFileSync(file, `${JSON.stringify({ ...about, machine, rows }, undefined, 1)}\n`);
      console.log(`raw results: ${path.relative(process.cwd(), file)}`);
    },
  };
}
