type Child = Node | string | undefined | false;
type Attributes = Record<string, string | number | boolean | undefined>;

/** Makes an element. Children that are texts stay texts: nothing here parses HTML. */
export function el<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  set(element, attributes);
  element.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return element;
}

/** A button that does something. */
export function button(text: Child, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const element = el('button', { type: 'button', ...attributes }, text);
  element.addEventListener('click', onClick);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** One line of a bar: pieces beside each other, each a part of the whole. Lengths are attributes, not styles. */
export function bar(pieces: { from?: number; length: number; class?: string }[]): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  set(svg, { class: 'bar', viewBox: '0 0 100 1', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  for (const { from = 0, length, class: name } of pieces) {
    const rect = document.createElementNS(SVG, 'rect');
    const width = Math.max(0.5, Math.min(100, length * 100)).toFixed(2);
    set(rect, { x: (from * 100).toFixed(2), width, height: 1, class: name });
    svg.append(rect);
  }
  return svg;
}

/** Sets attributes; `undefined` and `false` take them away. */
export function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
}

/** An element the page always has. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element as T;
}

/** Calls back when Enter is pressed in a field, but not where it only ends a composed character. */
export function onEnter(field: HTMLElement, callback: () => void): void {
  field.addEventListener('keydown', (event) => {
    if (event.isComposing || event.key !== 'Enter') return;
    event.preventDefault();
    callback();
  });
}

/** Calls back once nothing more has happened for a while. */
export function debounced(callback: () => void, ms: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(callback, ms);
  };
}

/** Says something to people who listen to the page. */
export function announce(sentence: string): void {
  byId('status').textContent = sentence;
}

/** Hands a text or a picture to the person as a file. */
export function save(blob: Blob, name: string): void {
  const href = URL.createObjectURL(blob);
  el('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
