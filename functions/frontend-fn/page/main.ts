import { TEXTS } from '../texts.ts';
import { Trouble } from './api.ts';
import { copies } from './copies.ts';
import { darkroom } from './darkroom.ts';
import { announce, byId } from './dom.ts';
import { labelChoice } from './label-choice.ts';
import { type Look, looks } from './looks.ts';
import { MOST_PICTURES, type Picture, roll } from './picture.ts';
import { pipeline } from './pipeline.ts';
import { seenPanel } from './seen.ts';
import { sheet } from './sheet.ts';
import { listen } from './sources.ts';
import { stage } from './stage.ts';

/*
 * Pictures come in; each is looked at. The one that is shown is then copied, worked on in the darkroom, or sent through a
 * pipeline with all the others.
 */

document.documentElement.classList.add('js');

const place = stage();
const choice = labelChoice(() => pictures.all().forEach(looking.look));
const looking = looks(choice, tell);
const pictures = roll(update);
const seen = seenPanel(looking.look);
const cards = sheet(pictures, looking.of);
const dark = darkroom();
const made = copies(dark.open, (picture, step, answer) => answer && dark.begin(picture, step, answer));
const line = pipeline(choice);

listen({ take, refuse: place.refuse });
byId('form').addEventListener('submit', (event) => event.preventDefault());

function take(fresh: Picture[]): void {
  const room = MOST_PICTURES - pictures.all().length;
  place.calm();
  if (fresh.length > room) place.refuse(new Trouble(TEXTS.picture.tooMany(MOST_PICTURES), 'too-many'));
  const taken = fresh.slice(0, room);
  pictures.add(taken);
  if (taken.length > 1) announce(TEXTS.picture.added(taken.length));
  for (const picture of taken) looking.look(picture);
}

/** Other pictures are on the sheet, or another one is shown. */
function update(): void {
  const current = pictures.current();
  place.show(current);
  cards.update();
  line.update(pictures.all());
  if (current) tell(current, looking.of(current));
  else seen.clear();
  if (!current) work(undefined);
}

function tell(picture: Picture, look: Look): void {
  if (look.error?.aboutPicture) {
    looking.forget(picture);
    pictures.remove(picture);
    place.refuse(look.error, picture.name);
    return;
  }
  cards.tell(picture, look);
  if (picture !== pictures.current()) return;
  seen.show(picture, look);
  if (look.found || look.error) work(picture);
  else if (look.busy?.share === 1) void workOnceShown(picture);
}

/** The labels come first: copies wait until the picture is through, and is known to be one. */
async function workOnceShown(picture: Picture): Promise<void> {
  if ((await picture.shows) && picture === pictures.current()) work(picture);
}

function work(picture: Picture | undefined): void {
  dark.take(picture);
  if (picture) made.make(picture);
  else made.clear();
}
