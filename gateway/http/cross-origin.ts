import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { GatewayAnswer } from './answer.ts';

/*
 * Requests that a page of another origin can make a browser send. Browsers add passwords and reach loopback
 * by themselves, so neither identifies the caller; pages cannot forge `Sec-Fetch-Site`, `Origin` and `Host`.
 */

export interface OriginRules {
  /** Names of this gateway, lower case, without a port; undefined: any `Host`. */
  hosts: ReadonlySet<string> | undefined;
  /** Origins whose pages may make changes, such as `https://app.example`. */
  origins: ReadonlySet<string>;
  /** Some `Host` headers that were accepted before: parsing one is most of what these checks cost. */
  accepted: Set<string>;
}

const MOST_ACCEPTED = 20;

/**
 * @param host the address to listen on. On loopback only its names and those of the list are accepted; elsewhere any
 *   name, unless there is a list
 * @param hosts `GATEWAY_HOSTS`
 * @param origins `GATEWAY_ORIGINS`
 */
export function originRules(host: string, hosts: string, origins: string): OriginRules {
  const listed = items(hosts);
  const checked = listed.length > 0 || isLoopback(host.toLowerCase());
  return {
    hosts: checked ? new Set(isIP(host) === 0 ? [...listed, host.toLowerCase()] : listed) : undefined,
    origins: new Set(items(origins)),
    accepted: new Set(),
  };
}

/** Refuses requests that reached this machine under a foreign name: DNS rebinding. */
export function hostRefusal({ host }: IncomingHttpHeaders, rules: OriginRules): GatewayAnswer | undefined {
  const { hosts, accepted } = rules;
  if (!hosts || host === undefined || accepted.has(host)) return undefined;
  const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname.replace(/\.$/, '') : '';
  if (hosts.has(name) || isLoopback(name)) {
    if (accepted.size < MOST_ACCEPTED) accepted.add(host);
    return undefined;
  }
  return [403, 'This gateway does not go by the name in Host; its operator may add it to GATEWAY_HOSTS.'];
}

/**
 * Refuses requests from pages of other origins, for every method that may make changes.
 * `Sec-Fetch-Site` decides; older browsers send `Origin`; a client that sends neither is not a browser.
 */
export function originRefusal(
  method: string | undefined,
  headers: IncomingHttpHeaders,
  { origins }: OriginRules,
): GatewayAnswer | undefined {
  if (method === 'GET' || method === 'HEAD') return undefined;
  const { origin, 'sec-fetch-site': site } = headers;
  if (origin !== undefined && origins.has(origin.toLowerCase())) return undefined;
  const own = site === undefined ? origin === undefined || isSameHost(origin, headers.host) : isTrusted(String(site));
  if (own) return undefined;
  return [403, 'A page of another origin may not send this; its operator may add the origin to GATEWAY_ORIGINS.'];
}

/** `none`: typed into the address bar, or sent by an extension. */
function isTrusted(site: string): boolean {
  return site === 'same-origin' || site === 'none';
}

function isSameHost(origin: string, host: string | undefined): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: named } = new URL(origin);
  const own = `${protocol}//${host ?? ''}`;
  return named !== '' && URL.canParse(own) && new URL(own).host === named;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '');
  const family = isIP(bare);
  if (family !== 0) return loopback.check(bare, family === 6 ? 'ipv6' : 'ipv4');
  return bare === 'localhost' || bare.endsWith('.localhost');
}

function items(list: string): string[] {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((item) => item !== '');
}
