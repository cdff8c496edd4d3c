import { TEXTS } from '../texts.ts';
import { HANDLES, moved, ofShape, type Rect, resized, type Size } from './crop-rect.ts';
import { announce, debounced, el } from './dom.ts';
import { makeHandle } from './handle.ts';
import type { Fields } from './option-fields.ts';
import { type PictureEditor, pictureEditor } from './picture-editor.ts';

const { crop: words } = TEXTS.darkroom;

/** A rectangle over a picture that is moved and resized by mouse, by touch and by keys. @param fields of a crop */
export function cropEditor(fields: Fields, image: HTMLImageElement, onDone: () => void): PictureEditor {
  const size: Size = { width: image.naturalWidth, height: image.naturalHeight };
  let rect = rectOf(fields, size);
  let ratio: number | undefined;
  const { box, move, handles } = cropBox();
  const say = debounced(() => announce(words.said(rect)), 400);
  const become = (next: Rect, settled: boolean): void => {
    rect = next;
    place(box, rect, size);
    fields.fill(Object.fromEntries(Object.entries(rect).map(([side, value]) => [side, String(value)])), settled);
  };
  const change = (next: Rect, settled: boolean): void => {
    become(next, settled);
    say();
  };
  const scale = (): number => size.width / Math.max(1, image.clientWidth);
  const shared = { scale, now: () => rect, become: change };
  makeHandle(move, { ...shared, change: (before, dx, dy) => moved(before, dx, dy, size) });
  for (const { handle, element } of handles)
    makeHandle(element, { ...shared, change: (before, dx, dy) => resized(before, handle, dx, dy, size, ratio) });
  become(rect, true);
  const shape = shapes(size, (chosen) => {
    ratio = chosen;
    change(ofShape(rect, ratio, size), true);
  });
  return pictureEditor({ image, title: words.title, over: [box], tools: [shape], hint: words.hint, onDone });
}

/** What the fields say; a rectangle a little smaller than the picture where they say nothing. */
function rectOf(fields: Fields, picture: Size): Rect {
  const values = fields.values();
  const side = (name: string, standard: number, most: number): number =>
    Math.round(Math.min(most, Number(values[name] ?? standard)));
  const left = side('left', picture.width / 10, picture.width - 1);
  const top = side('top', picture.height / 10, picture.height - 1);
  const width = side('width', picture.width * 0.8, picture.width - left);
  const height = side('height', picture.height * 0.8, picture.height - top);
  return { left, top, width, height };
}

function cropBox() {
  const move = el('button', { type: 'button', class: 'crop-move', 'aria-label': words.move });
  const handles = HANDLES.map((handle) => ({
    handle,
    element: el('button', { type: 'button', class: `crop-handle ${handle}`, 'aria-label': words.handles[handle] }),
  }));
  return { box: el('div', { class: 'crop-box' }, move, ...handles.map(({ element }) => element)), move, handles };
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

/** Puts a box over a part of a picture. */
export function place(box: HTMLElement, { left, top, width, height }: Rect, size: Size): void {
  const shares = { left: left / size.width, top: top / size.height, width: width / size.width };
  for (const [side, share] of Object.entries({ ...shares, height: height / size.height }))
    box.style.setProperty(side, `${share * 100}%`);
}
