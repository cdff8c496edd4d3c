import { TEXTS } from '../texts.ts';
import { el } from './dom.ts';

const { darkroom: words } = TEXTS;

export interface Compare {
  element: HTMLElement;
  /** A picture as it was and as it came out; the slider tells how much is seen of each. `after` is freed in the end. */
  show(before: string, after: string, type: string): void;
  /** Something else in place of the pictures: the picture alone, a text, a problem. */
  put(...content: HTMLElement[]): void;
  busy(is: boolean): void;
}

/** Whether pictures of this type may be transparent. */
export function mayBeClear(type: string): boolean {
  return type !== 'image/jpeg';
}

/** Before and after in one frame, with a slider between them. */
export function compare(): Compare {
  const frame = el('div', { class: 'frame compare' });
  const slider = el('input', { type: 'range', min: 0, max: 100, value: 50, 'aria-label': words.slider });
  const place = (): void => frame.style.setProperty('--at', slider.value);
  slider.addEventListener('input', place);
  place();
  let made = '';
  const free = (next = ''): void => {
    if (made) URL.revokeObjectURL(made);
    made = next;
  };
  return {
    element: frame,
    show(before, after, type) {
      free(after);
      frame.classList.toggle('clear', mayBeClear(type));
      const pictures = [
        el('img', { class: 'before', src: before, alt: words.beforeAlt }),
        el('img', { class: 'after', src: after, alt: words.afterAlt }),
      ];
      const signs = [words.before, words.after].map((text, index) =>
        el('span', { class: index === 0 ? 'sign left' : 'sign right', 'aria-hidden': 'true' }, text),
      );
      const focused = document.activeElement === slider;
      frame.replaceChildren(...pictures, el('span', { class: 'line', 'aria-hidden': 'true' }), ...signs, slider);
      if (focused) slider.focus();
    },
    put(...content) {
      free();
      frame.replaceChildren(...content);
    },
    busy(is) {
      if (is) frame.setAttribute('aria-busy', 'true');
      else frame.removeAttribute('aria-busy');
    },
  };
}
