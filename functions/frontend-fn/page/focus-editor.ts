import { TEXTS } from '../texts.ts';
import { place } from './crop-editor.ts';
import type { Place } from './crop-rect.ts';
import { announce, button, debounced, el } from './dom.ts';
import { keptAround, placeIn } from './focus-point.ts';
import { makeHandle } from './handle.ts';
import type { Fields } from './option-fields.ts';
import { type PictureEditor, pictureEditor } from './picture-editor.ts';

const { focus: words } = TEXTS.darkroom;

const WHOLE = { width: 1, height: 1 };

/**
 * A point over a picture that a crop keeps, and around it what is kept; moved by mouse, by touch and by keys.
 * @param fields of a resize
 */
export function focusEditor(fields: Fields, image: HTMLImageElement, onDone: () => void): PictureEditor {
  const { naturalWidth: width, naturalHeight: height } = image;
  const { focusX = 0.5, focusY = 0.5, ...sides } = fields.values();
  let point = placeIn(Number(focusX), Number(focusY));
  const handle = el('button', { type: 'button', class: 'focus-point', 'aria-label': words.point });
  const kept = el('div', { class: 'focus-kept', hidden: !(sides.width && sides.height) });
  const box = { width: Number(sides.width), height: Number(sides.height) };
  const say = debounced(() => announce(words.said(point)), 400);
  const draw = (): void => {
    handle.style.setProperty('left', `${point.x * 100}%`);
    handle.style.setProperty('top', `${point.y * 100}%`);
    if (!kept.hidden) place(kept, keptAround(point, box, { width, height }), WHOLE);
  };
  const become = (next: Place, settled: boolean): void => {
    point = next;
    draw();
    // Nothing else crops, and there is one place to keep.
    fields.fill({ fit: 'cover', position: 'centre', focusX: String(point.x), focusY: String(point.y) }, settled);
    say();
  };
  const scale = (): number => width / Math.max(1, image.clientWidth);
  const change = ({ x, y }: Place, dx: number, dy: number): Place => placeIn(x + dx / width, y + dy / height);
  makeHandle(handle, { scale, now: () => point, change, become });
  image.addEventListener('click', ({ offsetX, offsetY }) => {
    become(placeIn(offsetX / image.clientWidth, offsetY / image.clientHeight), true);
    handle.focus({ preventScroll: true });
  });
  draw();
  return pictureEditor({
    image,
    title: words.title,
    over: [kept, handle],
    tools: [none(fields, onDone)],
    hint: words.hint,
    onDone,
  });
}

/** Leaves the crop in the middle. */
function none(fields: Fields, onDone: () => void): HTMLElement {
  const forget = (): void => {
    fields.fill({ focusX: '', focusY: '' }, true);
    onDone();
  };
  return button(words.none, forget, { class: 'quiet' });
}
