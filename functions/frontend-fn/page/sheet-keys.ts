interface CardActions {
  remove(): void;
  mark(): void;
}

/**
 * Moves among the cards of a list with the arrow keys, Home and End; Delete and C work on the card in focus. Only one
 * card is in the order of Tab, however many there are.
 */
export function sheetKeys(list: HTMLElement, actionsOf: (card: Element) => CardActions | undefined): void {
  list.addEventListener('focusin', ({ target }) => reach(list, cardOf(target)));
  // Until a card had the focus, Tab leads to the first.
  new MutationObserver(() => {
    if (!list.querySelector('[tabindex="0"]')) reach(list, list.firstElementChild);
  }).observe(list, { childList: true });
  list.addEventListener('keydown', (event) => {
    const card = cardOf(event.target);
    if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = neighbour(list, card, event.key);
    const actions = actionsOf(card);
    if (next) next.querySelector<HTMLElement>('.open')?.focus();
    else if (event.key === 'Delete') actions?.remove();
    else if (event.key === 'c' || event.key === 'C') actions?.mark();
    else return;
    event.preventDefault();
  });
}

const cardOf = (target: EventTarget | null): Element | null => (target as Element).closest('li');

function reach(list: HTMLElement, card: Element | null): void {
  for (const item of list.querySelectorAll('[tabindex="0"]')) item.setAttribute('tabindex', '-1');
  for (const item of card?.querySelectorAll('button') ?? []) item.setAttribute('tabindex', '0');
}

/** The card that a key leads to. */
function neighbour(list: HTMLElement, card: Element, key: string): Element | undefined {
  const cards = [...list.children] as HTMLElement[];
  const at = cards.indexOf(card as HTMLElement);
  const columns = Math.max(1, cards.filter(({ offsetTop }) => offsetTop === cards[0]?.offsetTop).length);
  const to: Record<string, number> = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at - columns,
    ArrowDown: at + columns,
    Home: 0,
    End: cards.length - 1,
  };
  return cards[to[key] ?? -1];
}
