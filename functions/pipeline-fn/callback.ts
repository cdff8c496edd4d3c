import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { envText } from '#config/env';
import { Problem } from '#contract/problems';
import { addressCheck } from '#http/networks';

/**
 * Refuses an address that a finished job must not be posted to: the gateway stands where strangers do not.
 * `GATEWAY_CALLBACK_NETWORKS` names private networks with receivers. A name that leads nowhere now may do so later.
 * @throws Problem `address-refused` or `option-invalid`
 */
export async function checkCallback(address: string): Promise<void> {
  if (!URL.canParse(address)) {
    throw new Problem('option-invalid', 'The callback is no address.', { members: { option: 'callback' } });
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
