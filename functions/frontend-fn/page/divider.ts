import { TEXTS } from '../texts.ts';
import { el } from './dom.ts';

const { darkroom: words } = TEXTS;

export interface Divider {
  line: HTMLElement;
  slider: HTMLInputElement;
  moveTo(percent: number): void;
}

/** The line between before and after, and the slider that moves it. */
export function divider(frame: HTMLElement): Divider {
  const slider = el('input', { type: 'range', min: 0, max: 100, 'aria-label': words.slider });
  const place = (): void => frame.style.setProperty('--at', slider.value);
  const moveTo = (percent: number): void => {
    slider.value = String(percent);
    place();
  };
  // The first of two fingers that zoom is on the slider, which must stay where it was.
  let before = 50;
  let isPinched = false;
  frame.addEventListener('pointerdown', ({ isPrimary }) => {
    isPinched = !isPrimary;
    if (isPrimary) before = slider.valueAsNumber;
    else moveTo(before);
  });
  slider.addEventListener('input', () => (isPinched ? moveTo(before) : place()));
  moveTo(50);
  return { slider, moveTo, line: el('span', { class: 'line', 'aria-hidden': 'true' }) };
}
