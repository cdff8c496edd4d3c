import { TEXTS } from '../texts.ts';
import type { Place } from './crop-rect.ts';
import { button, el } from './dom.ts';

const { darkroom: words } = TEXTS;

export interface Zoom {
  /** The buttons. */
  element: HTMLElement;
  /** Another picture is shown, of this many pixels. */
  size(width: number, height: number): void;
  fit(): void;
  /** @param scale pixels of the screen for one of the picture. @param place what comes to the middle */
  to(scale: number, place?: Place): void;
}

/** The largest scale: pixels can be counted. */
const MOST = 8;
const STEP = 1.25;
const PAN = 40;

/**
 * Zoom and pan of the pictures in a frame: by buttons, by keys, by wheel and by one or two fingers. The state is three
 * variables of the frame's style, `--z`, `--tx` and `--ty`, which all its pictures follow.
 */
export function zoom(frame: HTMLElement): Zoom {
  const percent = el('output', { class: 'zoom-percent' });
  const state = new ZoomState(frame, (scale) => {
    percent.textContent = words.percent(scale);
  });
  const moves: Moves = {
    by: (factor, point) => state.by(factor, point),
    pan: (x, y) => state.pan(x, y),
    fit: () => state.fit(),
    to: (scale, place) => state.to(scale, place),
  };
  listenToKeys(frame, moves);
  listenToPointers(frame, moves, () => state.isZoomed());
  new ResizeObserver(() => state.apply()).observe(frame);
  return { ...moves, element: buttons(moves, percent), size: (width, height) => state.size(width, height) };
}

/** How far a picture is zoomed, against one that fits its pane, and how far it is moved from the middle, in pixels. */
class ZoomState {
  private readonly picture = { width: 1, height: 1 };
  private readonly at = { z: 1, x: 0, y: 0 };
  private readonly frame: HTMLElement;
  private readonly onScale: (scale: number) => void;

  constructor(frame: HTMLElement, onScale: (scale: number) => void) {
    this.frame = frame;
    this.onScale = onScale;
  }

  isZoomed(): boolean {
    return this.at.z > 1;
  }

  /** Writes the state into the frame; no part of the frame stays empty that the picture can fill. */
  apply(): void {
    const { frame, at, picture } = this;
    const { clientWidth, clientHeight } = this.pane();
    const scale = this.scale();
    const free = (side: number, room: number): number => Math.max(0, (side * scale - room) / 2);
    const [across, down] = [free(picture.width, clientWidth), free(picture.height, clientHeight)];
    at.x = Math.min(across, Math.max(-across, at.x));
    at.y = Math.min(down, Math.max(-down, at.y));
    frame.style.setProperty('--z', `${at.z}`);
    frame.style.setProperty('--tx', `${at.x}px`);
    frame.style.setProperty('--ty', `${at.y}px`);
    frame.classList.toggle('zoomed', at.z > 1);
    frame.classList.toggle('pixels', scale * devicePixelRatio >= 2);
    this.onScale(scale);
  }

  /** Zooms so that what lies at a point, counted from the middle of its pane, stays there. */
  by(factor: number, point: Place = { x: 0, y: 0 }): void {
    const { at } = this;
    const z = Math.min(Math.max(1, at.z * factor), Math.max(1, (MOST * at.z) / this.scale()));
    at.x = point.x - (point.x - at.x) * (z / at.z);
    at.y = point.y - (point.y - at.y) * (z / at.z);
    at.z = z;
    this.apply();
  }

  pan(x: number, y: number): void {
    this.at.x += x;
    this.at.y += y;
    this.apply();
  }

  fit(): void {
    this.by(1 / this.at.z);
  }

  to(scale: number, place?: Place): void {
    this.by(scale / this.scale());
    if (!place) return;
    this.at.x = (0.5 - place.x) * this.picture.width * this.scale();
    this.at.y = (0.5 - place.y) * this.picture.height * this.scale();
    this.apply();
  }

  size(width: number, height: number): void {
    const { picture } = this;
    const isOther = Math.abs(picture.width / picture.height - width / height) > 0.01;
    Object.assign(picture, { width, height });
    if (isOther) this.fit();
    else this.apply();
  }

  private pane(): Element {
    return this.frame.querySelector('.pane') ?? this.frame;
  }

  /** Pixels of the screen for one of the picture. */
  private scale(): number {
    const { clientWidth, clientHeight } = this.pane();
    return (Math.min(clientWidth / this.picture.width, clientHeight / this.picture.height) || 1) * this.at.z;
  }
}

interface Moves {
  by(factor: number, point?: Place): void;
  pan(x: number, y: number): void;
  fit(): void;
  to(scale: number, place?: Place): void;
}

function buttons({ by, fit, to }: Pick<Moves, 'by' | 'fit' | 'to'>, percent: HTMLElement): HTMLElement {
  const tool = (text: string, label: string, onClick: () => void) =>
    button(text, onClick, { class: 'tool', 'aria-label': label });
  return el(
    'div',
    { class: 'zoom', role: 'group', 'aria-label': words.zoom },
    tool('−', words.zoomOut, () => by(1 / STEP)),
    percent,
    tool('+', words.zoomIn, () => by(STEP)),
    tool(words.fit, words.fitLabel, fit),
    tool('100 %', words.fullSize, () => to(1)),
    tool('200 %', words.doubleSize, () => to(2)),
  );
}

function listenToKeys(frame: HTMLElement, { by, pan, fit, to }: Moves): void {
  const keys: Record<string, () => void> = {
    '+': () => by(STEP),
    '=': () => by(STEP),
    '-': () => by(1 / STEP),
    0: fit,
    1: () => to(1),
    2: () => to(2),
    ArrowLeft: () => pan(PAN, 0),
    ArrowRight: () => pan(-PAN, 0),
    ArrowUp: () => pan(0, PAN),
    ArrowDown: () => pan(0, -PAN),
  };
  frame.addEventListener('keydown', (event) => {
    const act = keys[event.key];
    // The slider in the frame has its own arrows; the browser's own zoom keeps its keys.
    if (!act || event.target !== frame || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
}

function listenToPointers(frame: HTMLElement, { by, pan }: Pick<Moves, 'by' | 'pan'>, isZoomed: () => boolean): void {
  const down = new Map<number, Place>();
  frame.addEventListener(
    'wheel',
    (event) => {
      // Otherwise the wheel moves the page, as everywhere.
      if (!event.ctrlKey && !isZoomed()) return;
      event.preventDefault();
      by(event.deltaY < 0 ? STEP : 1 / STEP, fromMiddle(frame, event));
    },
    { passive: false },
  );
  frame.addEventListener('pointerdown', (event) => {
    if (event.button === 0) down.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  frame.addEventListener('pointermove', (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    down.set(event.pointerId, now);
    if (other) by(distance(now, other) / Math.max(1, distance(before, other)), fromMiddle(frame, event));
    // The slider's thumb and the handles of a crop are dragged for their own sake.
    else if (isZoomed() && !(event.target as Element).matches('input, button')) {
      frame.setPointerCapture(event.pointerId);
      pan(now.x - before.x, now.y - before.y);
    }
  });
  for (const type of ['pointerup', 'pointercancel'] as const)
    frame.addEventListener(type, (event) => void down.delete(event.pointerId));
  // Where a press leaves the frame without being captured, its end is heard nowhere else.
  document.addEventListener('pointerup', (event) => void down.delete(event.pointerId));
}

const distance = (a: Place, b: Place): number => Math.hypot(a.x - b.x, a.y - b.y);

/** Where a pointer is, counted from the middle of the pane that it is over. */
function fromMiddle(frame: HTMLElement, { clientX, clientY }: MouseEvent): Place {
  const panes = [...frame.querySelectorAll('.pane')].map((pane) => pane.getBoundingClientRect());
  const over = panes.find(({ left, right }) => clientX >= left && clientX <= right) ?? frame.getBoundingClientRect();
  return { x: clientX - over.left - over.width / 2, y: clientY - over.top - over.height / 2 };
}
