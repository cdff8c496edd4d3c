import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

const PLACES = [
  '/usr/lib/x86_64-linux-gnu/faketime',
  '/usr/lib/aarch64-linux-gnu/faketime',
  '/usr/lib/faketime',
  '/usr/local/lib/faketime',
];

/** A clock that can be changed while programs run. */
export interface Clock {
  env: Record<string, string>;
  /** @param offset such as `+3600` or `-3600`, in seconds; `+0`: the right time */
  set(offset: string): void;
}

/**
 * libfaketime (Debian: faketime), which fakes the clock of programs that load it; undefined if not installed.
 */
export function fakeClock(folder: string): Clock | undefined {
  const library = PLACES.filter((place) => existsSync(place))
    .flatMap((place) => readdirSync(place).map((name) => path.join(place, name)))
    .find((file) => path.basename(file) === 'libfaketimeMT.so.1');
  if (library === undefined) return undefined;
  const file = path.join(folder, 'clock');
  const set = (offset: string): void => writeFileSync(file, `${offset}\n`);
  set('+0');
  return {
    // Monotonic time is not faked, just as it is not changed when a real clock is set.
    env: { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', DONT_FAKE_MONOTONIC: '1' },
    set,
  };
}

/** The stack file with more variables for every function: the gateway does not forward its own. */
export function stackWith(stackFile: string, env: Record<string, string>, to: string): string {
  const stack = parse(readFileSync(stackFile, 'utf8'), { merge: true });
  for (const one of Object.values<{ environment: Record<string, string> }>(stack.functions)) {
    one.environment = { ...one.environment, ...env };
  }
  // YAML's number 1.0 would be written 1.
  writeFileSync(to, JSON.stringify({ ...stack, version: '1.0' }));
  return to;
}
