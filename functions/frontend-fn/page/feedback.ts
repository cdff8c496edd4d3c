import type { Classification } from '#contract/classification';
import { TEXTS } from '../texts.ts';
import { latest, post } from './api.ts';
import { announce, button, el, onEnter } from './dom.ts';
import { errorBox, isOld } from './page-error.ts';
import type { Picture } from './picture.ts';

const { feedback: words } = TEXTS;

/** "Not right?", and behind it the form that reports a wrong answer; nothing where there is no answer. */
export function reportForm(picture: Picture, classification: Classification): HTMLElement | undefined {
  if (classification.labels.length === 0) return undefined;
  const box = el('div', { class: 'report' });
  const open = button(words.open, () => box.replaceChildren(formOf(picture, classification, box, close)), {
    class: 'plain',
  });
  const close = (): void => {
    box.replaceChildren(open);
    open.focus();
  };
  box.append(open);
  return box;
}

/** Not a form of its own: it stands inside the page's. */
function formOf(picture: Picture, classification: Classification, box: HTMLElement, close: () => void): HTMLElement {
  const correct = labelField();
  const keep = el('input', { type: 'checkbox', id: 'keep' });
  const trouble = el('div');
  const next = latest();
  const send = async (): Promise<void> => {
    if (correct.value.trim() === '') {
      trouble.replaceChildren(el('p', { class: 'hint', role: 'alert' }, words.needed));
      correct.focus();
      return;
    }
    try {
      const report = await reportOf(picture, classification, correct.value.trim(), keep.checked);
      await post('feedback', report, { accept: 'application/json', signal: next() });
      box.replaceChildren(el('p', { class: 'thanks' }, words.thanks));
      announce(words.thanks);
    } catch (error) {
      if (!isOld(error)) trouble.replaceChildren(errorBox(error, () => void send()));
    }
  };
  onEnter(correct, () => void send());
  queueMicrotask(() => correct.focus());
  const others = classification.labels.slice(1).map(({ label }) => el('option', { value: label }));
  const sending = button(words.send, () => void send(), { class: 'button small' });
  return el(
    'div',
    { class: 'report-form', role: 'group', 'aria-label': words.open },
    el('div', { class: 'field' }, el('label', { for: 'correct' }, words.correct), correct),
    el('datalist', { id: 'other-labels' }, ...others),
    el('label', { class: 'check' }, keep, words.keep),
    el('div', { class: 'actions' }, sending, button(words.cancel, close, { class: 'quiet' })),
    trouble,
  );
}

/** For the right label; the other ones of the answer are proposed. */
function labelField(): HTMLInputElement {
  const proposals = { list: 'other-labels', autocomplete: 'off' };
  return el('input', { type: 'text', id: 'correct', maxlength: 200, ...proposals });
}

/** The picture itself only where its owner said so; otherwise its hash, which tells nothing but that it is the same. */
async function reportOf(
  picture: Picture,
  classification: Classification,
  correct: string,
  keep: boolean,
): Promise<FormData> {
  const form = new FormData();
  const [best] = classification.labels;
  const fields = {
    predicted: best?.label ?? '',
    score: String(best?.score ?? 0),
    model: classification.model,
    correct,
  };
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (keep) {
    form.append('keep', 'true');
    form.append('image', picture.blob, picture.name);
  } else if (globalThis.crypto.subtle) {
    form.append('picture', await sha256(picture.blob));
  }
  return form;
}

async function sha256(blob: Blob): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
