import { TEXTS } from '../texts.ts';
import { HANDLES, moved, ofShape, type Rect, resized, type Size } from './crop-rect.ts';
import { announce, button, debounced, el } from './dom.ts';

const { crop: words } = TEXTS.darkroom;

export interface CropEditor {
  /** The picture with the rectangle over it. */
  element: HTMLElement;
  /** The shape, and the way out. */
  tools: HTMLElement;
  focus(): void;
}

export interface CropRules {
  image: HTMLImageElement;
  /** What is chosen already. */
  rect: Rect;
  /** The rectangle is another one; `settled` when it is let go. */
  onChange(rect: Rect, settled: boolean): void;
  onDone(): void;
}

/** A rectangle over a picture that is moved and resized by mouse, by touch and by keys. */
export function cropEditor({ image, rect: start, onChange, onDone }: CropRules): CropEditor {
  const size: Size = { width: image.naturalWidth, height: image.naturalHeight };
  let rect = start;
  let ratio: number | undefined;
  const move = el('button', { type: 'button', class: 'crop-move', 'aria-label': words.move });
  const handles = HANDLES.map((handle) =>
    el('button', { type: 'button', class: `crop-handle ${handle}`, 'aria-label': words.handles[handle] }),
  );
  const box = el('div', { class: 'crop-box' }, move, ...handles);
  const element = el('div', { class: 'crop-stage', role: 'group', 'aria-label': words.title }, image, box);
  element.style.setProperty('--ratio', String(size.width / size.height));
  const say = debounced(() => announce(words.said(rect)), 400);
  const become = (next: Rect, settled: boolean): void => {
    rect = next;
    place(box, rect, size);
    onChange(rect, settled);
    say();
  };
  const scale = (): number => size.width / Math.max(1, image.clientWidth);
  drag(
    move,
    scale,
    () => rect,
    (before, dx, dy) => moved(before, dx, dy, size),
    become,
  );
  for (const [index, handle] of HANDLES.entries()) {
    const change = (before: Rect, dx: number, dy: number): Rect => resized(before, handle, dx, dy, size, ratio);
    drag(handles[index] as HTMLElement, scale, () => rect, change, become);
  }
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    onDone();
  });
  place(box, rect, size);
  const shape = shapes(size, (chosen) => {
    ratio = chosen;
    become(ofShape(rect, ratio, size), true);
  });
  const done = button(words.done, onDone, { class: 'button small' });
  const tools = el('div', { class: 'crop-tools' }, shape, done, el('p', { class: 'hint' }, words.hint));
  return { element, tools, focus: () => move.focus({ preventScroll: true }) };
}

function shapes({ width, height }: Size, onChoose: (ratio: number | undefined) => void): HTMLElement {
  const ratios: Record<keyof typeof words.shapes, number | undefined> = {
    free: undefined,
    photo: width / height,
    square: 1,
    '4:3': 4 / 3,
    '3:2': 3 / 2,
    '16:9': 16 / 9,
    '9:16': 9 / 16,
  };
  const options = Object.entries(words.shapes).map(([value, title]) => el('option', { value }, title));
  const control = el('select', { id: 'crop-shape' }, ...options);
  control.addEventListener('change', () => onChoose(ratios[control.value as keyof typeof ratios]));
  return el('div', { class: 'field inline' }, el('label', { for: 'crop-shape' }, words.shape), control);
}

type Change = (before: Rect, dx: number, dy: number) => Rect;

/** Lets a handle be dragged, and moved by the arrow keys: 1 % at a time, with Shift a pixel. */
function drag(
  handle: HTMLElement,
  scale: () => number,
  now: () => Rect,
  change: Change,
  become: (rect: Rect, settled: boolean) => void,
): void {
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
  const ways: Record<string, [number, number]> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };
  handle.addEventListener('keydown', (event) => {
    const [x, y] = ways[event.key] ?? [];
    if (x === undefined || y === undefined) return;
    event.preventDefault();
    const stride = event.shiftKey ? 1 : Math.max(1, Math.round(scale() * 8));
    become(change(now(), x * stride, y * stride), true);
  });
}

function place(box: HTMLElement, { left, top, width, height }: Rect, size: Size): void {
  const shares = { left: left / size.width, top: top / size.height, width: width / size.width };
  for (const [side, share] of Object.entries({ ...shares, height: height / size.height }))
    box.style.setProperty(side, `${share * 100}%`);
}
