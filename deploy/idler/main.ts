import { setTimeout as sleep } from 'node:timers/promises';
import { jsonLine } from '#kit/log';
import { readConfig } from './config.ts';
import { Idler, type Log } from './idler.ts';

const log: Log = (level, msg, more = {}) => void process.stdout.write(jsonLine(level, { msg, ...more }));

try {
  const config = readConfig();
  const idler = new Idler(config, log);
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ended.abort());
  log('info', 'watching', {
    metrics: config.metrics,
    driver: config.driver.kind,
    functions: [...config.idleAfter.keys()],
  });
  while (!ended.signal.aborted) {
    await idler.look();
    await sleep(config.lookEvery, undefined, { signal: ended.signal }).catch(() => {});
  }
} catch (error) {
  log('warn', (error as Error).message);
  process.exitCode = 2;
}
