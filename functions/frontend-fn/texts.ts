import { DARKROOM, PIPELINE } from './darkroom-texts.ts';
import { LABEL_TEXTS } from './label-texts.ts';
import { fileSize } from './words.ts';

export { operationTitle } from './darkroom-texts.ts';
export { type OptionText, optionText, unitText } from './option-texts.ts';

/*
 * Everything that the page says, by the function or by its script; pictures and labels have `label-texts.ts`, the
 * darkroom and the pipeline `darkroom-texts.ts`.
 */

/** The model that comes along; a larger one can take its place. */
export const EMBEDDED_MODEL = 'clip-mini';

/** What fetches that larger one. */
export const INSTALL_LARGER = 'npm run models -- install clip-vit-b-32';

const SETS: Record<string, string> = {
  everyday: 'Everyday things',
  cifar100: 'CIFAR-100',
  cifar10: 'Animals and vehicles (CIFAR-10)',
  'cats-dogs': 'Cats and dogs',
  imagenet1k: 'All sorts of things (ImageNet)',
};

/** Label sets every clip-fn has. */
export const BUILT_IN_SETS = Object.keys(SETS);

/** What a photo is held against where nothing is chosen: the classifier's own standard. */
export const FIRST_SET = 'everyday';

/** A label set's name for people; an operator's own set has its own title. */
export function setTitle(name: string, title = name): string {
  return Object.hasOwn(SETS, name) ? (SETS[name] ?? title) : title;
}

export const TEXTS = {
  ...LABEL_TEXTS,

  title: 'Obscura: what is in your picture?',
  resultTitle: 'Obscura: what is in your picture',
  description: 'Labels your pictures, and rotates, resizes, cuts out and denoises them.',
  footer: 'Every answer comes from a function behind the OpenFaaS gateway',
  api: 'API description',

  start: {
    question: 'What is in your picture?',
    intro: 'A model labels it. Then rotate it, resize it or cut out the subject.',
    dropHere: 'Drop photos anywhere, paste them, or',
    choose: 'Choose photos',
    camera: 'Take a photo',
    kinds: (most: number) => `JPEG, PNG, WebP, GIF, AVIF or TIFF, up to ${fileSize(most)}`,
    address: 'Or the address of a picture',
    addressExample: 'https://…',
    fetchIt: 'Fetch it',
    samples: 'Or try one of these',
    sample: (name: string) => `Try ${name}`,
    over: 'Start over',
    reallyOver: 'Start over? Photos, labels and steps leave this page.',
    look: 'Look at the picture',
    first: 'Choose a picture first.',
    noSample: 'There is no such sample picture.',
  },

  model: {
    card: (id: string) => `Model ${id}`,
    about: 'About the model',
    embedded:
      'This is the small model that comes along. A larger one knows far more words and sees more; ' +
      'it takes its place after',
    facts: { source: 'Source', licence: 'Licence', size: 'Sees', words: 'Reads', none: '“None of these”' },
    sees: (side: number) => `${side} × ${side} pixels of each picture`,
    reads: (pieces: number) => `up to ${pieces} word pieces of each label`,
    below: (cosine: number) => `when the best cosine is below ${cosine}`,
    judged: 'when cosine and score are low, for as many labels as are asked for',
    noCard: 'This model came without a card; its source tells more.',
    close: 'Close',
  },

  variants: {
    title: 'Copies',
    original: 'Original',
    rotate: 'Rotated',
    resize: 'Resized',
    grayscale: 'Gray',
    alt: (title: string) => `Your picture, ${title.toLowerCase()}`,
    open: (title: string) => `${title}: open in the darkroom`,
    saveAs: 'Save as',
    same: 'same as the picture',
    angle: 'Clockwise, °',
    corners: 'Corners',
    colours: { '': 'clear', white: 'white', black: 'black' },
    width: 'Width',
    height: 'Height',
    inPixels: ' in pixels',
    fit: 'Fit',
    fits: { cover: 'crop', inside: 'inside', contain: 'pad', outside: 'outside', fill: 'stretch' },
    download: 'Download',
    downloadOf: (title: string) => ` ${title.toLowerCase()}`,
  },

  darkroom: DARKROOM,
  pipeline: PIPELINE,

  trouble: {
    title: 'Errors',
    retry: 'Try again',
    close: 'Close this message',
    failed: 'This did not work; the message says why.',
    noAnswer: 'The connection broke off before an answer came. See that the gateway is running, then try again.',
    offline: 'You are offline. Connect again, then try again.',
    wrongAnswer: 'The answer was not what this page expects. Reload the page and try again.',
    later: (seconds: number) => `Too many requests at once. Try again in ${seconds} s.`,
    byStatus: {
      404: 'The gateway does not know this function. Is it deployed?',
      413: 'The picture is larger than the gateway takes. Make it smaller and try again.',
      429: 'Too many requests at once. Wait a moment, then try again.',
      502: 'The function stopped before it answered. Try again.',
      503: 'No replica of the function is ready yet. Wait a moment, then try again.',
      504: 'The function did not answer in time. Try again.',
    } as Record<number, string>,
    otherStatus: (status: number) => `The gateway answered with status ${status}. Try again.`,
  },
};
