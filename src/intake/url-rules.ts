import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { envText } from '#config/env';
import { TIMES } from '#config/times';
import { addressCheck } from '#http/networks';

export interface UrlRules {
  maxBytes: number;
  /** Milliseconds in total, redirects included. */
  timeout: number;
  /** Whether a socket may connect to this address. */
  allowAddress(address: string): boolean;
  /** Host names allowed, `.example.com` meaning every name below it; empty: all. */
  hosts: string[];
  /** Resolves names; tests pass their own. */
  lookup: LookupFunction;
}

/**
 * `INTAKE_URL_HOSTS`: the only hosts to fetch from. `INTAKE_URL_NETWORKS`: private networks that are allowed
 * as well, such as `10.1.0.0/16`; without it only the public internet.
 */
export function urlRulesFromEnv(maxBytes: number): UrlRules {
  const list = (name: string): string[] =>
    envText(name, '')
      .split(/[\s,]+/)
      .filter((item) => item !== '');
  return {
    maxBytes,
    timeout: TIMES.source,
    allowAddress: addressCheck(envText('INTAKE_URL_NETWORKS', '')),
    hosts: list('INTAKE_URL_HOSTS').map((host) => host.toLowerCase()),
    lookup: systemLookup as LookupFunction,
  };
}
