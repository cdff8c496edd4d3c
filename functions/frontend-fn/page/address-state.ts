/** A part of the page whose state stands in the fragment of its address, so that a view can be shared and reloaded. */
export interface AddressPart {
  /** Names and values, in order; nothing for what is as it was at the beginning. */
  pairs(): [name: string, value: string][];
  /** Takes over what an address says; what it does not name stays. */
  restore(said: URLSearchParams): void;
}

/**
 * Keeps the address equal to the page, and the page to the address.
 * @param onRestored called after another address was written, such as a shared one
 * @returns writes the address: a part has changed
 */
export function addressState(parts: AddressPart[], onRestored: () => void): () => void {
  const said = (): URLSearchParams => new URLSearchParams(location.hash.slice(1));
  const restore = (): void => {
    for (const part of parts) part.restore(said());
  };
  const write = (): void => {
    const fragment = new URLSearchParams(parts.flatMap((part) => part.pairs())).toString();
    if (fragment === said().toString()) return;
    // Not the bare fragment: the page has a base, and it would lead there.
    const address = location.pathname + location.search + (fragment && `#${fragment}`);
    history.replaceState(history.state, '', address);
  };
  restore();
  addEventListener('hashchange', () => {
    restore();
    onRestored();
  });
  return write;
}
