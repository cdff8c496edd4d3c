import { isIP } from 'node:net';
import { TokenBucket } from '#kit/token-bucket';

/** Most clients to remember; beyond this the least recently seen are forgotten. */
const MOST_CLIENTS = 20_000;

/** The addresses that functions on this machine call from. */
const OWN = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/**
 * Limits the requests with a body that each client sends per minute: a token bucket that holds a minute's worth. A
 * client is an IPv4 address or an IPv6 /64 network, which is what one customer has. Calls from this machine are not
 * counted: they come from functions.
 */
export class ClientRate {
  private readonly buckets = new Map<string, TokenBucket>();
  private readonly perMinute: number;
  private readonly clock: () => number;

  constructor(perMinute: number, clock: () => number = () => performance.now()) {
    this.perMinute = perMinute;
    this.clock = clock;
  }

  /** Counts one request of a client. @returns seconds to wait if it is over its limit, else 0 */
  take(address: string): number {
    if (OWN.has(address)) return 0;
    const client = clientOf(address);
    const bucket =
      this.buckets.get(client) ?? new TokenBucket({ capacity: this.perMinute, perMinute: this.perMinute }, this.clock);
    // The map is ordered by last use: the first entries are dropped.
    this.buckets.delete(client);
    this.buckets.set(client, bucket);
    this.makeRoom();
    return bucket.take();
  }

  private makeRoom(): void {
    if (this.buckets.size <= MOST_CLIENTS) return;
    const [oldest] = this.buckets.keys();
    if (oldest !== undefined) this.buckets.delete(oldest);
  }
}

/** `::ffff:1.2.3.4` → `1.2.3.4`; other IPv6 addresses → their first four groups. */
function clientOf(address: string): string {
  const embedded = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (embedded !== undefined) return embedded;
  if (isIP(address) !== 6) return address;
  const [head = '', tail = ''] = address.split('%', 1)[0]?.split('::') ?? [];
  const [left, right] = [head, tail].map((part) => part.split(':').filter((group) => group !== '')) as [
    string[],
    string[],
  ];
  const zeros = address.includes('::') ? Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0') : [];
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}
