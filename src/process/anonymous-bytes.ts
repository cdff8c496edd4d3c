import { readFileSync } from 'node:fs';

/** Changes of the resident size below this are ignored, because reading the exact figure takes longer. */
const STEP = 4 * 1024 * 1024;

let last = { rss: 0, anonymous: undefined as number | undefined };

/**
 * Bytes of this process that no file backs, which only its end gives back; files can be evicted and are shared with
 * other processes. `undefined` where the system does not say (Linux does).
 */
export function anonymousBytes(): number | undefined {
  const rss = process.memoryUsage.rss();
  if (Math.abs(rss - last.rss) >= STEP) last = { rss, anonymous: read() };
  return last.anonymous;
}

function read(): number | undefined {
  try {
    const [, kibibytes] = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
  } catch {
    return undefined;
  }
}
