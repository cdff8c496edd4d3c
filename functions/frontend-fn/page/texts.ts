import { fileSize } from '../words.ts';

/** Every sentence that the page's script says. */
export const TEXTS = {
  another: 'Choose another photo',
  pictureAlt: 'Your picture',
  originalAlt: 'The original',
  notShown: 'Your browser cannot show this kind of picture. Its copies below are PNG.',
  pasted: 'pasted picture',
  notAFile: 'That was no file. Drop a photo from your computer, or choose one.',
  severalFiles: 'One picture at a time: this is the first of them.',
  tooLarge: (bytes: number, most: number) =>
    `This file has ${fileSize(bytes)}; at most ${fileSize(most)} are taken in here. Make it smaller and try again.`,
  about: (name: string, sentence: string) => `${name}: ${sentence}`,
  empty: 'This file is empty. Choose another one.',
  uploading: (share: number) => `Uploading, ${Math.round(share * 100)} %`,
  looking: 'Looking at the picture',
  working: 'Working',
  retry: 'Try again',
  rankingCaption: 'Labels by score',
  rankingHead: ['Top', 'Label', 'Score', 'Cosine'],
  nothingLeft: 'Write at least one label to look for.',
  promptWithout: 'The prompt needs {} where the label goes, as in “a drawing of a {}”.',
  answered: (model: string, inside: number | undefined, total: number) =>
    [model, inside === undefined ? '' : `${milliseconds(inside)} in the function`, `${milliseconds(total)} altogether`]
      .filter(Boolean)
      .join(' · '),
  announce: (label: string, percentage: string, count: number) =>
    `Best of ${count}: ${label}, ${percentage}. The table has the others.`,
  announceNone: (label: string) => `None of these, as far as the model can tell. Nearest: ${label}.`,
  took: (ms: number) => milliseconds(ms),
  download: 'Download',
  copyAlt: { rotate: 'The picture rotated', resize: 'The picture resized', grayscale: 'The picture in gray' } as Record<
    string,
    string
  >,
  suffix: { rotate: 'rotated', resize: 'resized', grayscale: 'gray' } as Record<string, string>,
  labelCount: (count: number) => (count === 1 ? '1 label' : `${count.toLocaleString('en')} labels`),
  addLabel: 'Add a label',
  labelsHint: 'Enter or a comma adds one, Backspace removes the last.',
  remove: (label: string) => `Remove ${label}`,
  noAnswer: 'The connection broke off before an answer came. See that the gateway is running, then try again.',
  offline: 'You are offline. Connect again, then try again.',
  wrongAnswer: 'The answer was not what this page expects. Reload the page and try again.',
  sampleGone: 'The sample picture could not be loaded. Try again.',
  byStatus: {
    404: 'The gateway does not know this function. Is it deployed?',
    413: 'The picture is larger than the gateway takes. Make it smaller and try again.',
    429: 'Too many requests at once. Wait a moment, then try again.',
    502: 'The function stopped before it answered. Try again.',
    503: 'No replica of the function is ready yet. Wait a moment, then try again.',
    504: 'The function did not answer in time. Try again.',
  } as Record<number, string>,
  otherStatus: (status: number) => `The gateway answered with status ${status}. Try again.`,
};

function milliseconds(ms: number): string {
  return ms < 1_000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
