/**
 * Lets the items of a list be dragged to other places by a handle in each. Buttons do the same for who cannot drag.
 * @param onDrop called when the order has changed
 */
export function makeDraggable(list: HTMLElement, handle: string, onDrop: () => void): void {
  list.addEventListener('pointerdown', (event) => {
    const grip = (event.target as Element).closest<HTMLElement>(handle);
    const item = grip?.closest<HTMLElement>('li');
    if (!grip || !item || event.button !== 0) return;
    event.preventDefault();
    follow(list, item, grip, event.pointerId, onDrop);
  });
}

function follow(list: HTMLElement, item: HTMLElement, grip: HTMLElement, pointer: number, onDrop: () => void): void {
  const before = [...list.children];
  const move = ({ clientY }: PointerEvent): void => {
    const others = [...list.children].filter((other) => other !== item);
    const next = others.find((other) => clientY < middleOf(other));
    if (next !== (item.nextElementSibling ?? undefined)) list.insertBefore(item, next ?? null);
  };
  const end = (): void => {
    item.classList.remove('dragged');
    document.removeEventListener('pointermove', move);
    for (const type of ['pointerup', 'pointercancel']) document.removeEventListener(type, end);
    if ([...list.children].some((child, index) => child !== before[index])) onDrop();
  };
  item.classList.add('dragged');
  grip.releasePointerCapture?.(pointer);
  // Heard on the document: an element that is moved loses the pointer it had captured.
  document.addEventListener('pointermove', move);
  for (const type of ['pointerup', 'pointercancel']) document.addEventListener(type, end);
}

function middleOf(element: Element): number {
  const { top, height } = element.getBoundingClientRect();
  return top + height / 2;
}
