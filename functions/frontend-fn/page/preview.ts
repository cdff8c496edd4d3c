import { TEXTS } from '../texts.ts';
import { pixels } from '../words.ts';
import { type Answer, stagesOf } from './api.ts';
import { compare } from './compare.ts';
import { el } from './dom.ts';
import { extensionOf, type Picture, stemOf } from './picture.ts';

const { darkroom: words, variants } = TEXTS;

/** What the darkroom shows of its work. */
export interface Preview {
  /** The frame, and what is known of what is in it. */
  elements: HTMLElement[];
  /** The picture as it is. @param hint what to do next */
  blank(picture: Picture, hint?: string): void;
  /** What came out: a picture, or facts in JSON. */
  show(picture: Picture, answer: Answer): Promise<void>;
  /** Something about the work in place of the facts. */
  note(content: HTMLElement): void;
  busy(is: boolean): void;
  /** Of what came out last. */
  type(): string | undefined;
}

export function preview(): Preview {
  const view = compare();
  const facts = el('div', { class: 'facts result-facts' });
  let type: string | undefined;
  return {
    elements: [view.element, facts],
    blank(picture, hint) {
      view.put(el('img', { src: picture.src, alt: words.beforeAlt }));
      facts.replaceChildren(...(hint ? [el('p', { class: 'hint' }, hint)] : []));
    },
    async show(picture, answer) {
      type = answer.body.type;
      const timings = words.timings(stagesOf(answer.header('server-timing')), answer.durationMs);
      const line = el('span', { class: 'timings' }, timings);
      if (answer.body.type.startsWith('application/json')) {
        const told = JSON.stringify(JSON.parse(await answer.body.text()), null, 2);
        view.put(el('pre', { class: 'told', tabindex: 0, role: 'group', 'aria-label': words.answer }, told));
        facts.replaceChildren(line);
      } else {
        const href = URL.createObjectURL(answer.body);
        view.show(picture.src, href, answer.body.type);
        facts.replaceChildren(...factsOf(picture, answer, href), line);
      }
    },
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
    el('span', {}, words.change(picture.blob.size, body.size)),
    el('a', { class: 'download', href, download }, variants.download),
  ];
}
