import type { Answer } from './api.ts';
import { copyAs } from './copy-as.ts';
import { darkroomEditor } from './darkroom-editor.ts';
import { follower, pictureAfter } from './developing.ts';
import { byId, el } from './dom.ts';
import { onPicture } from './on-picture.ts';
import type { Step } from './operations.ts';
import type { Change } from './option-fields.ts';
import type { Picture } from './picture.ts';
import { preview } from './preview.ts';

export interface Darkroom {
  /** Works on a picture from now on. */
  take(picture: Picture | undefined): void;
  /** What it begins with was made already: shown, as long as nobody has chosen anything else. */
  begin(picture: Picture, step: Step, answer: Answer): void;
  /** Begins anew with one step; its answer, where there is one already, is not asked for again. */
  open(picture: Picture, step: Step, answer?: Answer): void;
  /** The chain as text, such as a URL may hold; nothing as long as nobody has chosen anything. */
  chain(): string | undefined;
  /** Begins anew with such a chain. */
  setChain(text: string): void;
}

/** It changes no shape, so that before and after lie over each other. */
const BEGINNING = 'grayscale';

/**
 * A chain of operations on one picture: before and after, how large, how long, and how to do it elsewhere.
 * @param onChain the chain is another one
 */
export function darkroom(onChain: () => void = () => undefined): Darkroom {
  // Until a person touches it, the darkroom shows a copy that is made anyway.
  let untouched = true;
  const {
    made,
    chosen,
    picture: current,
    turnTo,
    again,
  } = workbench((change) => {
    untouched = false;
    if (change === 'steps' || change === 'settled') onChain();
  });
  return {
    take(picture) {
      if (picture === current()) return;
      turnTo(picture);
      if (!untouched) again();
    },
    begin(picture, step, answer) {
      if (untouched && picture === current() && step.name === BEGINNING) void made.show(picture, [step], answer);
    },
    open(picture, step, answer) {
      untouched = false;
      chosen.replace([step]);
      turnTo(picture);
      if (answer) void made.show(picture, [step], answer);
      else again();
    },
    chain: () => (untouched ? undefined : chosen.text()),
    setChain: (text) => chosen.setText(text),
  };
}

/** The parts of the darkroom, which follow what is chosen. @param onChange told before it is followed */
function workbench(onChange: (change: Change) => void) {
  let current: Picture | undefined;
  const made = preview();
  const choice = onPicture({
    made,
    steps: () => chosen.read().steps,
    before: async (steps) => current && pictureAfter(current, steps),
    onOpen: () => follow.stop(),
    onDone: () => follow.again(),
  });
  const chosen = darkroomEditor(BEGINNING, choice.tools, (change) => {
    if (change === 'steps') choice.close();
    onChange(change);
    follow.changed(change);
  });
  const follow = follower(made, chosen, () => (choice.isOpen() ? undefined : current));
  const copy = copyAs(() => current && { picture: current, ...chosen.read(), type: made.type() });
  byId('darkroom').append(el('div', { class: 'view' }, ...made.elements, copy.element), chosen.element);
  const turnTo = (picture: Picture | undefined): void => {
    current = picture;
    choice.close();
    follow.stop();
    copy.update(picture);
    if (picture) made.blank(picture);
  };
  return { made, chosen, picture: () => current, turnTo, again: follow.again };
}
