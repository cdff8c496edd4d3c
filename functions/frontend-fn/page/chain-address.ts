import { TEXTS } from '../texts.ts';
import type { AddressPart } from './address-state.ts';
import type { Darkroom } from './darkroom.ts';
import { listError } from './error-list.ts';
import { operations, parseChain } from './operations.ts';

/** The darkroom's chain in an address. Steps that there are not are said to be left out. */
export function chainInAddress(dark: Darkroom): AddressPart {
  return {
    pairs() {
      const chain = dark.chain();
      return chain ? [['chain', chain]] : [];
    },
    restore(said) {
      const chain = said.get('chain');
      if (chain === null || chain === dark.chain()) return;
      const known = parseChain(chain, operations).length;
      if (known < chain.split(';').filter(Boolean).length) listError({ message: TEXTS.picture.badChain });
      if (known > 0) dark.setChain(chain);
    },
  };
}
