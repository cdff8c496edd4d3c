/** What a handle on a picture changes. */
export interface Handling<T> {
  /** Pixels of the picture for one of the screen. */
  scale(): number;
  now(): T;
  /** @param dx, dy how far the handle is from where it was, in pixels of the picture */
  change(before: T, dx: number, dy: number): T;
  /** @param settled the handle was let go */
  become(next: T, settled: boolean): void;
}

/**
 * Lets a handle be dragged by mouse and touch, and moved by the arrow keys: by 8 pixels of the screen, with Shift by
 * one of the picture.
 */
export function makeHandle<T>(handle: HTMLElement, rules: Handling<T>): void {
  listenToPointer(handle, rules);
  listenToArrows(handle, rules);
}

function listenToPointer<T>(handle: HTMLElement, { scale, now, change, become }: Handling<T>): void {
  handle.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(event.pointerId);
    const [before, { clientX, clientY }] = [now(), event];
    const follow = (at: PointerEvent, settled: boolean): void =>
      become(change(before, (at.clientX - clientX) * scale(), (at.clientY - clientY) * scale()), settled);
    const onMove = (at: PointerEvent): void => follow(at, false);
    const onEnd = (at: PointerEvent): void => {
      handle.removeEventListener('pointermove', onMove);
      if (at.type === 'pointerup') follow(at, true);
    };
    handle.addEventListener('pointermove', onMove);
    handle.addEventListener('pointerup', onEnd, { once: true });
    handle.addEventListener('pointercancel', onEnd, { once: true });
  });
}

const ARROWS: Record<string, [x: number, y: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function listenToArrows<T>(handle: HTMLElement, { scale, now, change, become }: Handling<T>): void {
  handle.addEventListener('keydown', (event) => {
    const [x, y] = ARROWS[event.key] ?? [];
    if (x === undefined || y === undefined) return;
    event.preventDefault();
    const stride = event.shiftKey ? 1 : Math.max(1, Math.round(scale() * 8));
    become(change(now(), x * stride, y * stride), true);
  });
}
