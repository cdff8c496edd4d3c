import { TEXTS } from '../texts.ts';
import { pixels } from '../words.ts';
import { type Answer, stagesOf } from './api.ts';
import { compare, pane } from './compare.ts';
import { button, el } from './dom.ts';
import { moves, type Step } from './operations.ts';
import { extensionOf, type Picture, stemOf } from './picture.ts';

const { darkroom: words, variants } = TEXTS;

/** What the darkroom shows of its work. */
export interface Preview {
  /** The frame with its buttons, and what is known of what is in it. */
  elements: HTMLElement[];
  /** The picture as it is. @param hint what to do next */
  blank(picture: Picture, hint?: string): void;
  /** What steps have made: a picture, or facts in JSON. */
  show(picture: Picture, steps: readonly Step[], answer: Answer): Promise<void>;
  /** Something else in place of the pictures. */
  put(content: HTMLElement): void;
  /** What belongs to it, below the frame; nothing takes it away. */
  tools(content?: HTMLElement): void;
  /** Something about the work in place of the facts. */
  note(content: HTMLElement): void;
  busy(is: boolean): void;
  /** Of what came out last. */
  type(): string | undefined;
}

export function preview(): Preview {
  const view = compare();
  const facts = el('div', { class: 'facts result-facts' });
  const tools = el('div', { class: 'view-tools' });
  const edge = button(words.edge, view.showEdge, { class: 'quiet' });
  let type: string | undefined;
  return {
    elements: [el('div', { class: 'viewer' }, ...view.elements, tools), facts],
    blank(picture, hint) {
      view.put(pane(el('img', { src: picture.src, alt: words.beforeAlt })));
      facts.replaceChildren(...(hint ? [el('p', { class: 'hint' }, hint)] : []));
      tools.replaceChildren();
    },
    async show(picture, steps, answer) {
      type = answer.body.type;
      const timings = words.timings(stagesOf(answer.header('server-timing')), answer.durationMs);
      const line = el('span', { class: 'timings' }, timings);
      if (answer.body.type.startsWith('application/json')) {
        view.put(told(JSON.parse(await answer.body.text())));
        facts.replaceChildren(line);
      } else {
        const after = URL.createObjectURL(answer.body);
        if (!(await view.show({ before: picture.src, after, type, moved: moves(steps) }))) return;
        facts.replaceChildren(...factsOf(picture, answer, after), line);
      }
      tools.replaceChildren(...(steps.some(({ name }) => name === 'cutout') ? [edge] : []));
    },
    put: (content) => view.put(content),
    tools: (content) => tools.replaceChildren(...(content ? [content] : [])),
    note: (content) => facts.replaceChildren(content),
    busy: view.busy,
    type: () => type,
  };
}

function factsOf(picture: Picture, { header, body }: Answer, href: string): HTMLElement[] {
  const size = pixels(Number(header('x-image-width')), Number(header('x-image-height')));
  const download = `${stemOf(picture)}-obscura.${extensionOf(body.type)}`;
  return [
    el('span', { class: 'size' }, size),
    el('span', { class: 'bytes' }, words.change(picture.blob.size, body.size)),
    el('a', { class: 'download', href, download }, variants.download),
  ];
}

/** What an operation tells of a picture, a line for each value; the answer as it came is behind it. */
function told(answer: unknown): HTMLElement {
  const rows = linesOf(answer).map(([name, value]) =>
    el('tr', {}, el('th', { scope: 'row' }, name), el('td', {}, value)),
  );
  const raw = el('pre', { class: 'raw' }, JSON.stringify(answer, null, 2));
  return el(
    'div',
    { class: 'told', tabindex: 0, role: 'group', 'aria-label': words.answer },
    el('table', {}, el('tbody', {}, ...rows)),
    el('details', { class: 'more' }, el('summary', {}, words.asJson), raw),
  );
}

/** `{file: {format: 'jpeg'}}` → `file format`, `jpeg` */
function linesOf(value: unknown, name = ''): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[name, value === null ? '–' : String(value)]];
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return [[name, value.join(', ')]];
  return Object.entries(value).flatMap(([key, item]) => linesOf(item, `${name} ${spaced(key)}`.trim()));
}

/** `hasAlpha` → `has alpha` */
const spaced = (name: string): string => name.replace(/[A-Z]/g, (sign) => ` ${sign.toLowerCase()}`);
