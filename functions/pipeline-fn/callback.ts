import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { envText } from '#config/env';
import { Problem } from '#contract/problems';
import { addressCheck } from '#http/networks';

/**
 * Refuses a callback address in a private network, which the gateway can reach and the caller may not.
 * `GATEWAY_CALLBACK_NETWORKS` allows some. A name that does not resolve is accepted: it may resolve later.
 * @throws Problem `address-refused` or `option-invalid`
 */
export async function checkCallback(address: string): Promise<void> {
  if (!URL.canParse(address)) {
    throw new Problem('option-invalid', 'The callback is not a valid address.', { members: { option: 'callback' } });
  }
  const allowed = addressCheck(envText('GATEWAY_CALLBACK_NETWORKS', ''));
  const host = new URL(address).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const found = isIP(host) !== 0 ? [host] : await addressesOf(host);
  if (found.every(allowed)) return;
  throw new Problem(
    'address-refused',
    'The callback is not on the public internet; the operator may add its network to GATEWAY_CALLBACK_NETWORKS.',
  );
}

async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}
