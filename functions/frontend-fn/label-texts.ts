import { fileSize, milliseconds } from './words.ts';

/** What the page says of pictures, of what is in them, and of labels: a part of `TEXTS`. */
export const LABEL_TEXTS = {
  picture: {
    yours: 'Your picture',
    add: 'Add photos',
    another: 'Another picture',
    notShown: 'Your browser cannot show this kind of picture. What is made of it below can be shown.',
    notShownHere: (format: string) => `Browsers do not show ${format} pictures; the copies are PNG.`,
    tooLargeInside: 'The picture is too large to show inside this page.',
    pasted: 'pasted picture',
    fetched: 'fetched picture',
    notAFile: 'That was no file. Drop a photo from your computer, or choose one.',
    notAnAddress: 'Write an address that begins with http:// or https://.',
    tooMany: (most: number) => `At most ${most} pictures fit on the sheet; remove some first.`,
    tooLarge: (bytes: number, most: number) =>
      `This file has ${fileSize(bytes)}; at most ${fileSize(most)} are taken in here. Make it smaller and try again.`,
    about: (name: string, sentence: string) => `${name}: ${sentence}`,
    unread: (kind: string) =>
      `This is a ${kind} picture, and this browser cannot convert it. Save it as JPEG or PNG and try again.`,
    heic:
      'This is a HEIC photo, and this browser cannot convert it. Open this page in Safari, which can. Or save it as ' +
      'JPEG: in Preview on a Mac, File > Export; in Photos on Windows, Save as. An iPhone takes JPEG photos with ' +
      'Settings > Camera > Formats > Most Compatible.',
    unreadable: 'The browser could not read this file. Choose it again.',
    empty: 'This file is empty. Choose another one.',
    sampleGone: 'The sample picture could not be loaded. Try again.',
    contactSheet: 'All pictures',
    remove: (name: string) => `Remove ${name}`,
    select: (name: string) => `Show ${name}`,
    waiting: 'Waiting',
    added: (count: number) => (count === 1 ? 'One picture added.' : `${count} pictures added.`),
    removed: (name: string) => `${name} is removed.`,
  },

  results: {
    title: 'What is in it',
    caption: 'Labels by score',
    head: { label: 'Label', bar: 'Bar', score: 'Score', cosine: 'Cosine' },
    sure: 'quite sure',
    unsure: 'Not sure; best guess: ',
    larger: 'A larger model may know better',
    careful: 'Some labels are guesses',
    figures: 'Figures',
    aboutFigures:
      'Score: share among the labels asked for; all of them add up to 100%. ' +
      'Cosine: likeness of picture and label, whatever the other labels are.',
    uploading: (share: number) => `Uploading, ${Math.round(share * 100)} %`,
    looking: 'Looking at the picture',
    starting: 'Still looking. The function was asleep and is starting; that takes some seconds.',
    times: (inside: number | undefined, total: number) =>
      [inside === undefined ? '' : `${milliseconds(inside)} compute`, `${milliseconds(total)} total`]
        .filter(Boolean)
        .join(' · '),
    smaller: (size: string, sent: number, whole: number) =>
      `Resized for labelling; results barely change: ${size}, ${fileSize(sent)} instead of ` +
      `${fileSize(whole)}. Everything else uses the whole photo.`,
    announce: (verdict: string, label: string, percentage: string) =>
      `${verdict}. First in the table: ${label}, ${percentage}.`,
  },

  lookFor: {
    title: 'What to look for',
    set: 'A set of labels',
    own: 'My own labels',
    standard: 'Standard',
    setField: 'Set',
    search: 'Find a label',
    searchExample: 'guitar',
    matches: (hits: string[], more: number) => `${hits.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    noMatch: (word: string) => `No set has “${word}”.`,
    useAsOwn: 'Look for it by itself',
    found: (count: number) => (count === 1 ? 'One set has it.' : `${count} sets have it.`),
    labels: 'Labels',
    example: 'cat, dog, red car',
    commas: 'Separate labels with commas. One in "double quotes" may have a comma.',
    chips: 'Enter or a comma adds one. Paste as many as you like: one on each line, or a row of a spreadsheet.',
    all: (count: number) => `Show all ${count}`,
    fewer: 'Show fewer',
    tooMany: (most: number) => `Only the first ${most.toLocaleString('en')} labels are kept.`,
    addLabel: 'Add a label',
    remove: (label: string) => `Remove ${label}`,
    more: 'Prompt, number, “none of these”',
    prompt: 'Prompt',
    prompts: { '': 'a photo of a …', ensemble: 'eight prompts together', none: 'the bare label', own: 'my own:' },
    promptText: 'My own, with {} for the label',
    promptExample: 'a drawing of a {}',
    top: 'Show',
    topCount: (count: number) => `${count} labels`,
    minCosine: 'None of these below cosine',
    minCosineOwn: 'the model’s own',
    count: (count: number) => (count === 1 ? '1 label' : `${count.toLocaleString('en')} labels`),
    nothingLeft: 'Write at least one label to look for.',
    promptWithout: 'The prompt needs {} where the label goes, as in “a drawing of a {}”.',
    cosineWrong: 'The cosine must be from 0 to 1; 0 never says “none of these”.',
  },

  labelTools: {
    untitled: 'My labels',
    clear: 'Clear all',
    cleared: 'All labels are removed.',
    undo: 'Undo',
    undone: 'Undone.',
    keep: 'Save as a set',
    name: 'Name of the set',
    save: 'Save',
    replace: (name: string) => `Replace “${name}”`,
    cancel: 'Cancel',
    saved: (name: string) => `“${name}” is saved in this browser.`,
    notKept: 'This browser keeps nothing for pages, so the set could not be saved. Export it to a file.',
    kept: 'My sets',
    named: (name: string, count: number) => `${name} (${count})`,
    opened: (name: string, count: number) => `“${name}”: ${count} labels in place of those before.`,
    forget: (name: string) => `Delete the set ${name}`,
    forgotten: (name: string) => `“${name}” is deleted.`,
    import: 'Import',
    imported: (count: number) => (count === 1 ? 'One label imported.' : `${count} labels imported.`),
    export: 'Export',
    tooLarge: (name: string) => `${name} is too large for a list of labels.`,
    notLabels: (name: string) => `${name} is not a list of labels. It needs a JSON list, or {"title", "labels"}.`,
    noneIn: (name: string) => `${name} has no labels in it.`,
  },

  feedback: {
    open: 'Not right?',
    correct: 'What is it really?',
    keep: 'Keep the picture with the report, for whoever runs this',
    send: 'Report it',
    cancel: 'Cancel',
    thanks: 'Reported. Thank you: reports are how a better model is made.',
    needed: 'Write what it really is.',
  },
};
