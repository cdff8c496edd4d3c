import { LRUCache } from 'lru-cache';
import type { parseChain } from '#imaging';

/** Callers send the same few chains: each is read once, not twice a request. */
export function remembering(read: typeof parseChain): typeof parseChain {
  const known = new LRUCache<string, ReturnType<typeof parseChain>>({ max: 100 });
  return (chain) => {
    if (typeof chain !== 'string') return read(chain);
    const steps = known.get(chain) ?? read(chain);
    known.set(chain, steps);
    return steps;
  };
}
