import type { TextSpec } from './manifest.ts';

/**
 * Divides texts into runs of the graph: at most `together` in each, and of equal lengths where the graph takes any, so
 * that none is padded.
 * @param tokens ids of each text
 * @returns places of the texts of each run; the order of the texts does not change which run together
 */
export function lotsOf(
  tokens: readonly number[][],
  { together, variableLength }: Pick<TextSpec, 'together' | 'variableLength'>,
): number[][] {
  const order = tokens.map((ids, place) => ({ key: ids.join(), length: variableLength ? ids.length : 0, place }));
  order.sort((a, b) => a.length - b.length || (a.key < b.key ? -1 : 1));
  const lots: { length: number; places: number[] }[] = [];
  for (const { length, place } of order) {
    const last = lots.at(-1);
    if (last && last.length === length && last.places.length < together) last.places.push(place);
    else lots.push({ length, places: [place] });
  }
  return lots.map(({ places }) => places);
}

/** The inputs of a run: ids and mask (1 for a token, 0 for padding), [texts, length]. */
export function inputsOf(
  tokens: readonly number[][],
  { contextLength, padId, variableLength }: Pick<TextSpec, 'contextLength' | 'padId' | 'variableLength'>,
): { ids: BigInt64Array; mask: BigInt64Array; dims: [number, number] } {
  const length = variableLength ? Math.max(...tokens.map((ids) => ids.length)) : contextLength;
  const ids = new BigInt64Array(tokens.length * length).fill(BigInt(padId));
  const mask = new BigInt64Array(tokens.length * length);
  for (const [row, own] of tokens.entries()) {
    ids.set(own.map(BigInt), row * length);
    mask.fill(1n, row * length, row * length + own.length);
  }
  return { ids, mask, dims: [tokens.length, length] };
}
