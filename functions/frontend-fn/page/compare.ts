import { TEXTS } from '../texts.ts';
import { type Divider, divider } from './divider.ts';
import { el, set } from './dom.ts';
import { edgePlace } from './edge.ts';
import { zoom } from './zoom.ts';

const { darkroom: words } = TEXTS;

export interface Shown {
  before: string;
  /** Freed in the end. */
  after: string;
  /** Of what came out. */
  type: string;
  /** Parts of the picture are elsewhere now. */
  moved: boolean;
}

export interface Compare {
  elements: HTMLElement[];
  /**
   * A picture as it was and as it came out: over each other with a slider where both have one geometry, else apart.
   * @returns false where something newer took the frame meanwhile
   */
  show(shown: Shown): Promise<boolean>;
  /** Something else in place of the pictures: the picture alone, a text, a problem. */
  put(...content: HTMLElement[]): void;
  busy(is: boolean): void;
  /** The edge of what was cut out, at 200 %. */
  showEdge(): void;
}

/** Whether pictures of this type may be transparent. */
export function mayBeClear(type: string): boolean {
  return type !== 'image/jpeg';
}

/** Before and after in one frame, with zoom, pan and a slider between them. */
export function compare(): Compare {
  const frame = el('div', { class: 'frame compare', tabindex: 0, role: 'group', 'aria-label': words.viewer });
  const between = divider(frame);
  const zoomed = zoom(frame);
  const newest = newestUrl();
  const pictures = (): HTMLImageElement[] => [...frame.querySelectorAll<HTMLImageElement>('.pane img')];
  return {
    elements: [frame, zoomed.element],
    async show({ before, after, type, moved }) {
      const take = newest.expect();
      const images = [image('before', before, words.beforeAlt), image('after', after, words.afterAlt)] as const;
      // Shown when both can be: no blank frame between two positions of a slider.
      await Promise.allSettled(images.map((one) => one.decode()));
      if (!take(after)) return false;
      const [was, is] = images;
      const apart = moved || !sameShape(was, is);
      frame.classList.toggle('clear', mayBeClear(type));
      frame.classList.toggle('apart', apart);
      lay(frame, images, apart ? undefined : between);
      zoomed.size(is.naturalWidth, is.naturalHeight);
      return true;
    },
    put(...content) {
      newest.expect()('');
      frame.classList.remove('apart');
      frame.replaceChildren(...content);
      const [only] = pictures();
      const measure = (): void => only && zoomed.size(only.naturalWidth, only.naturalHeight);
      only?.decode().then(measure, () => undefined);
    },
    busy: (is) => set(frame, { 'aria-busy': is && 'true' }),
    showEdge() {
      const [before, after] = pictures();
      if (!before || !after) return;
      between.moveTo(0);
      zoomed.to(2, edgePlace(before, after));
    },
  };
}

/** The object URL of what is shown, revoked when something newer takes its place. */
function newestUrl() {
  let shown = '';
  let turn = 0;
  return {
    /** @returns to be called with a URL once it can be shown; false where something newer was expected meanwhile */
    expect() {
      turn += 1;
      const mine = turn;
      return (url: string): boolean => {
        const isNewest = mine === turn;
        const old = isNewest ? shown : url;
        if (old) URL.revokeObjectURL(old);
        if (isNewest) shown = url;
        return isNewest;
      };
    },
  };
}

/** A picture that zoom and pan move. */
export function pane(content: HTMLImageElement, name = ''): HTMLElement {
  return el('div', { class: `pane ${name}` }, content);
}

function image(name: string, src: string, alt: string): HTMLImageElement {
  return el('img', { class: name, src, alt });
}

function panes([before, after]: readonly [HTMLImageElement, HTMLImageElement]): HTMLElement[] {
  const sign = (text: string, side: string) => el('span', { class: `sign ${side}`, 'aria-hidden': 'true' }, text);
  const [was, is] = [pane(before, 'pane-before'), pane(after, 'pane-after')];
  was.append(sign(words.before, 'left'));
  is.append(sign(words.after, 'right'));
  return [was, is];
}

/** Puts both pictures into the frame; the slider keeps the focus. @param between where they lie over each other */
function lay(frame: HTMLElement, images: readonly [HTMLImageElement, HTMLImageElement], between?: Divider): void {
  const isFocused = document.activeElement === between?.slider;
  frame.replaceChildren(...panes(images), ...(between ? [between.line, between.slider] : []));
  if (isFocused) between?.slider.focus();
}

/** A picture that is only larger or smaller lies over the other one; rounding may cost a pixel. */
function sameShape(one: HTMLImageElement, other: HTMLImageElement): boolean {
  const scale = other.naturalWidth / one.naturalWidth;
  return Math.abs(one.naturalHeight * scale - other.naturalHeight) <= Math.max(1, scale);
}
