import { BlockList, isIP } from 'node:net';
import { isPublic } from '#http/addresses';

/**
 * Returns a check of addresses: the public internet is allowed, and the networks of a list such as
 * `10.1.0.0/16, 127.0.0.1`.
 * @throws Error if an entry is not a network
 */
export function addressCheck(list: string): (address: string) => boolean {
  const networks = new BlockList();
  for (const network of list.split(/[\s,]+/).filter((item) => item !== '')) {
    const [base = '', bits] = network.split('/');
    const family = isIP(base) === 6 ? 'ipv6' : 'ipv4';
    try {
      networks.addSubnet(base, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
    } catch {
      throw new Error(`"${network}" is no network such as 10.1.0.0/16.`);
    }
  }
  return (address) => {
    const family = isIP(address);
    if (family === 0) return false;
    return isPublic(address) || networks.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
}
