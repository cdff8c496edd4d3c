import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { envText } from '#platform/config';
import { TIMES } from '#platform/times';
import { isPublic } from './addresses.ts';

export interface UrlRules {
  maxBytes: number;
  /** Milliseconds for the whole way, redirects included. */
  timeout: number;
  /** Whether a socket may go to this address. */
  allowAddress(address: string): boolean;
  /** Host names allowed, `.example.com` meaning every name below it; empty: all. */
  hosts: string[];
  /** How names become addresses; tests bring their own. */
  lookup: LookupFunction;
}

/**
 * `INTAKE_URL_HOSTS`: the only hosts to fetch from. `INTAKE_URL_NETWORKS`: private networks that may be fetched from
 * after all, such as `10.1.0.0/16`; without it only the public internet.
 */
export function urlRulesFromEnv(maxBytes: number): UrlRules {
  const list = (name: string): string[] =>
    envText(name, '')
      .split(/[\s,]+/)
      .filter((item) => item !== '');
  const networks = new BlockList();
  for (const network of list('INTAKE_URL_NETWORKS')) {
    const [base = '', bits] = network.split('/');
    const family = isIP(base) === 6 ? 'ipv6' : 'ipv4';
    networks.addSubnet(base, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  const mine = (address: string): boolean =>
    isIP(address) !== 0 && networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return {
    maxBytes,
    timeout: TIMES.source,
    allowAddress: (address) => isPublic(address) || mine(address),
    hosts: list('INTAKE_URL_HOSTS').map((host) => host.toLowerCase()),
    lookup: systemLookup as LookupFunction,
  };
}
