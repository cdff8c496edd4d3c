import { TEXTS } from '../texts.ts';
import type { AddressPart } from './address-state.ts';
import type { Darkroom } from './darkroom.ts';
import { listError } from './error-list.ts';

/** The darkroom's chain in an address. One that cannot be read is said to be wrong, and changes nothing. */
export function chainInAddress(dark: Darkroom): AddressPart {
  return {
    pairs() {
      const chain = dark.chain();
      return chain ? [['chain', chain]] : [];
    },
    restore(said) {
      const chain = said.get('chain');
      if (chain === null || chain === dark.chain()) return;
      try {
        dark.setChain(chain);
      } catch {
        listError({ message: TEXTS.picture.badChain });
      }
    },
  };
}
