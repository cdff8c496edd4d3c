import { BlockList, isIPv4, isIPv6 } from 'node:net';

/*
 * The addresses that a function may fetch from. A picture's URL is not trusted: it could name a service of the cluster,
 * a cloud's metadata address or this machine.
 */

/** IPv4 ranges that are not the public internet (IANA special-purpose registry). */
const PRIVATE_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];

/** IPv6 ranges that are not the public internet. Embedded IPv4 addresses are checked below. */
const PRIVATE_V6 = [
  '::/128',
  '::1/128',
  '100::/64',
  '2001:2::/48',
  '2001:db8::/32',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  '64:ff9b:1::/48',
];

const blocked = new BlockList();
for (const [ranges, family] of [
  [PRIVATE_V4, 'ipv4'],
  [PRIVATE_V6, 'ipv6'],
] as const) {
  for (const range of ranges) {
    const [network = '', bits] = range.split('/');
    blocked.addSubnet(network, Number(bits), family);
  }
}

/**
 * Whether an address is on the public internet.
 * @param address an IPv4 or IPv6 address as text, a zone (`%eth0`) allowed; anything else is not public
 */
export function isPublic(address: string): boolean {
  const bare = address.replace(/%.*$/, '');
  if (isIPv4(bare)) return !blocked.check(bare, 'ipv4');
  if (!isIPv6(bare)) return false;
  return !blocked.check(bare, 'ipv6') && embedded(groups(bare)).every(isPublic);
}

/** An IPv6 address as its eight 16-bit groups. */
function groups(address: string): number[] {
  // A dotted tail (::ffff:1.2.3.4) is two groups.
  const text = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [a * 256 + Number(b), c * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [head = '', tail] = text.split('::');
  const parse = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [first, last] = [parse(head), parse(tail ?? '')];
  return tail === undefined ? first : [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
}

/** The IPv4 addresses that an IPv6 address embeds for a translator or tunnel. */
function embedded(g: number[]): string[] {
  const v4 = (at: number, flip = 0): string => {
    const high = (g[at] ?? 0) ^ flip;
    const low = (g[at + 1] ?? 0) ^ flip;
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  };
  const zero = (from: number, to: number): boolean => g.slice(from, to).every((group) => group === 0);
  const found: string[] = [];
  // IPv4-compatible (RFC 4291), -mapped (RFC 4291) and -translated (RFC 2765).
  if (zero(0, 6) || (zero(0, 5) && g[5] === 0xffff) || (zero(0, 4) && g[4] === 0xffff && g[5] === 0)) found.push(v4(6));
  // NAT64 (RFC 6052).
  if (g[0] === 0x64 && g[1] === 0xff9b && zero(2, 6)) found.push(v4(6));
  // 6to4 (RFC 3056).
  if (g[0] === 0x2002) found.push(v4(1));
  // Teredo (RFC 4380): the server, and the client with its bits flipped.
  if (g[0] === 0x2001 && g[1] === 0) found.push(v4(2), v4(6, 0xffff));
  // ISATAP (RFC 5214).
  if ((g[4] === 0 || g[4] === 0x200) && g[5] === 0x5efe) found.push(v4(6));
  return found;
}
