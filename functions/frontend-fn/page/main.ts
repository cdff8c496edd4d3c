import { TEXTS } from '../texts.ts';
import { addressState } from './address-state.ts';
import { PageError } from './api.ts';
import { chainInAddress } from './chain-address.ts';
import { type ClassificationState, classifications } from './classifications.ts';
import { contactSheet } from './contact-sheet.ts';
import { darkroom } from './darkroom.ts';
import { announce, byId } from './dom.ts';
import { listError } from './error-list.ts';
import { keepExamples } from './example-store.ts';
import { labelChoice } from './label-choice.ts';
import { rememberByExample } from './label-fields.ts';
import { photoStore } from './photo-store.ts';
import { MOST_PICTURES, type Picture, pictureList } from './picture.ts';
import { pipeline } from './pipeline.ts';
import { resultsPanel } from './results-panel.ts';
import { listen } from './sources.ts';
import { stage } from './stage.ts';
import { startOver } from './start-over.ts';
import { variants } from './variants.ts';

/*
 * Pictures come in; each is looked at. The one that is shown is then copied, worked on in the
 * darkroom, or sent through a pipeline with all the others.
 */

document.documentElement.classList.add('js');

/** Where a tab keeps which of its pictures is shown. */
const CURRENT = 'obscura.current';

const place = stage();
/** Parts tell of changes before there is an address to write them to. */
let writeAddress: (() => void) | undefined;
const address = (): void => writeAddress?.();
const choice = labelChoice(address, lookAgain);
const looking = classifications(choice, tell);
const pictures = pictureList(update);
const results = resultsPanel(looking.classify);
const cards = contactSheet(pictures, looking.of);
const dark = darkroom(address);
const made = variants(open, (picture, step, answer) => answer && dark.begin(picture, step, answer));
const line = pipeline(choice);
writeAddress = addressState([choice.inAddress, chainInAddress(dark)], lookAgain);
const photos = photoStore(() => listError({ message: TEXTS.picture.notKept }));
let isRestored = false;

listen({ take, refuse: place.refuse, suggest: choice.suggest });
byId('form').addEventListener('submit', (event) => event.preventDefault());
startOver(
  () => pictures.all().length > 0 || location.hash !== '' || document.querySelector('.examples li') !== null,
  async () => {
    pictures.clear();
    rememberByExample(false);
    await Promise.all([photos.keep([]), keepExamples([])]);
  },
);
void restorePhotos();

/** What a tab had before it was reloaded. */
async function restorePhotos(): Promise<void> {
  const before = await photos.restore();
  const current = pictures.current() ?? before[Number(sessionStorage.getItem(CURRENT))];
  isRestored = true;
  if (before.length > 0) take(before);
  if (current) pictures.select(current);
  await photos.keep(pictures.all());
}

function lookAgain(): void {
  pictures.all().forEach(looking.classify);
}

function open(...copy: Parameters<typeof dark.open>): void {
  dark.open(...copy);
  address();
}

function take(fresh: Picture[]): void {
  const space = MOST_PICTURES - pictures.all().length;
  place.calm();
  if (fresh.length > space) place.refuse(new PageError(TEXTS.picture.tooMany(MOST_PICTURES), 'too-many'));
  const taken = fresh.slice(0, space);
  pictures.add(taken);
  if (taken.length > 1) announce(TEXTS.picture.added(taken.length));
  for (const picture of taken) looking.classify(picture);
}

/** Other pictures are on the sheet, or another one is shown. */
function update(): void {
  const current = pictures.current();
  place.show(current);
  cards.update();
  line.update(pictures.all());
  if (current) tell(current, looking.of(current));
  else results.clear();
  if (!current) work(undefined);
  keep(current);
}

/** Not before what was here is restored: it would be lost. */
function keep(current: Picture | undefined): void {
  if (!isRestored) return;
  void photos.keep(pictures.all());
  sessionStorage.setItem(CURRENT, String(current ? pictures.all().indexOf(current) : 0));
}

function tell(picture: Picture, state: ClassificationState): void {
  if (state.error?.aboutPicture) {
    looking.forget(picture);
    pictures.remove(picture);
    place.refuse(state.error, picture.name);
    return;
  }
  cards.tell(picture, state);
  if (picture !== pictures.current()) return;
  results.show(picture, state);
  if (state.found || state.error) work(picture);
  else if (state.busy?.share === 1) void workOnceShown(picture);
}

/** The labels come first: copies wait until the picture is through, and is known to be one. */
async function workOnceShown(picture: Picture): Promise<void> {
  if ((await picture.shows()) && picture === pictures.current()) work(picture);
}

function work(picture: Picture | undefined): void {
  dark.take(picture);
  if (picture) made.make(picture);
  else made.clear();
}
