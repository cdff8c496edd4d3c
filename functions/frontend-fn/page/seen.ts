import type { Seen } from '../contract.ts';
import { NONE_OF_THESE, percent, UNFAMILIAR } from '../words.ts';
import { type Answer, jsonOf, latest, post, Trouble, workTime } from './api.ts';
import { announce, bar, byId, el } from './dom.ts';
import type { LabelChoice } from './label-choice.ts';
import type { Picture } from './picture.ts';
import { TEXTS } from './texts.ts';
import { isOld, troubleBox } from './trouble.ts';

export interface SeenPanel {
  /**
   * Asks what is in a picture and shows it.
   * @throws Trouble only about the picture itself; any other is shown here, with another try
   */
  look(picture: Picture, onUploaded?: () => void): Promise<void>;
  clear(): void;
}

/** The ranked table of what is in the picture. */
export function seenPanel(choice: LabelChoice): SeenPanel {
  const box = byId('seen');
  const next = latest();

  const look: SeenPanel['look'] = async (picture, onUploaded) => {
    const signal = next();
    try {
      const form = new FormData();
      choice.addTo(form);
      form.append('image', picture.blob, picture.name);
      const progress = waiting(box);
      const onUpload = (share: number): void => {
        progress(share);
        if (share === 1) onUploaded?.();
      };
      const answer = await post('classify', form, { accept: 'application/json', signal, onUpload });
      await show(box, answer);
    } catch (error) {
      if (isOld(error)) return;
      if (error instanceof Trouble && error.aboutPicture) throw error;
      if (error instanceof Trouble && error.code === 'not-yet') return notYet(box, error.message);
      box.replaceChildren(troubleBox(error, () => void look(picture)));
      box.removeAttribute('aria-busy');
    }
  };
  const clear = (): void => {
    next();
    box.replaceChildren();
  };
  return { look, clear };
}

/** Keeps what was there, dimmed, so that nothing jumps; the first time, room for five rows. */
function waiting(box: HTMLElement): (share: number) => void {
  const words = el('span', {}, TEXTS.looking);
  const progress = el('progress', { max: 1, 'aria-label': TEXTS.looking });
  const line = el('div', { class: 'waiting' }, progress, words);
  box.setAttribute('aria-busy', 'true');
  box.querySelector('.waiting')?.remove();
  if (!box.querySelector('.ranking')) {
    const rows = Array.from({ length: 5 }, () => el('div', { class: 'ghost' }));
    box.replaceChildren(el('div', { class: 'ghosts', 'aria-hidden': 'true' }, ...rows));
  }
  box.append(line);
  return (share) => {
    if (share < 1) {
      progress.value = share;
      words.textContent = TEXTS.uploading(share);
    } else {
      progress.removeAttribute('value');
      words.textContent = TEXTS.looking;
    }
  };
}

/** Something is still to be written before the next look; what was seen before stays, dimmed. */
function notYet(box: HTMLElement, sentence: string): void {
  box.querySelector('.waiting')?.remove();
  box.querySelector('.ghosts')?.remove();
  box.setAttribute('aria-busy', 'true');
  box.append(el('p', { class: 'waiting', role: 'status' }, sentence));
}

async function show(box: HTMLElement, answer: Answer): Promise<void> {
  const seen = await jsonOf<Seen>(
    answer.body,
    ({ labels, model }) => Array.isArray(labels) && typeof model === 'string',
  );
  const inside = workTime(answer.header('server-timing'));
  box.removeAttribute('aria-busy');
  box.replaceChildren(
    ...(seen.unknown ? [el('p', { class: 'none' }, NONE_OF_THESE)] : []),
    ranking(seen),
    el('p', { class: 'facts' }, TEXTS.answered(seen.model, inside, answer.took)),
    ...(seen.hint ? [el('p', { class: 'hint' }, seen.hint)] : []),
  );
  const [best] = seen.labels;
  if (!best) return;
  announce(
    seen.unknown ? TEXTS.announceNone(best.label) : TEXTS.announce(best.label, percent(best.score), seen.labels.length),
  );
}

function ranking({ labels, unknown }: Seen): HTMLElement {
  const rows = labels.map(({ label, score, cosine, unfamiliar }, index) =>
    el(
      'tr',
      {},
      el('td', { class: 'place' }, String(index + 1)),
      el(
        'th',
        { scope: 'row', class: 'label' },
        el('span', {}, label, unfamiliar && el('small', {}, ` ${UNFAMILIAR}`)),
        bar(score),
      ),
      el('td', { class: 'score' }, percent(score)),
      el('td', { class: 'cosine' }, cosine.toFixed(3)),
    ),
  );
  const head = TEXTS.rankingHead.map((title) => el('th', { scope: 'col' }, title));
  return el(
    'table',
    { class: unknown ? 'ranking unsure' : 'ranking' },
    el('caption', { class: 'visually-hidden' }, TEXTS.rankingCaption),
    el('thead', {}, el('tr', {}, ...head)),
    el('tbody', {}, ...rows),
  );
}
