import { Trouble } from './api.ts';
import { copies } from './copies.ts';
import { byId } from './dom.ts';
import { labelChoice } from './label-choice.ts';
import { listen, type Picture } from './picture.ts';
import { seenPanel } from './seen.ts';
import { stage } from './stage.ts';

/* A picture comes in: it is shown at once, then looked at, then copied. A newer one replaces it at any time. */

document.documentElement.classList.add('js');

let current: Picture | undefined;
/** Rises with everything a person does to bring a picture. */
let turn = 0;

const place = stage();
const choice = labelChoice(() => current && lookAt(current));
const seen = seenPanel(choice);
const sheet = copies();

listen({ take, refuse, note: place.note, expect });
byId('form').addEventListener('submit', (event) => event.preventDefault());

function expect(): () => boolean {
  turn += 1;
  const mine = turn;
  return () => mine === turn;
}

function take(picture: Picture): void {
  expect();
  current = picture;
  sheet.clear();
  seen.clear();
  const shown = place.show(picture);
  lookAt(picture, async () => {
    // Copies wait until the picture is known to be one and is through: the labels come first.
    if ((await shown) && picture === current) sheet.make(picture);
  });
}

function lookAt(picture: Picture, onUploaded?: () => void): void {
  seen.look(picture, onUploaded).then(
    () => picture === current && sheet.make(picture),
    (error: unknown) => picture === current && error instanceof Trouble && refuse(error, picture.name),
  );
}

function refuse(trouble: Trouble, name?: string): void {
  expect();
  current = undefined;
  sheet.clear();
  seen.clear();
  place.refuse(trouble, name);
}
