import { fileSize, milliseconds } from './words.ts';

/* What the darkroom and the pipeline say: part of the page's texts (texts.ts). */

const OPERATIONS: Record<string, string> = {
  grayscale: 'Gray',
  denoise: 'Remove noise',
  cutout: 'Cut out',
  pad: 'Border',
  convert: 'Format',
  info: 'Facts',
  classify: 'Name what is in it',
};

const OPTIONS: Record<string, string> = {
  background: 'Colour behind',
  sigma: 'Radius',
  enlarge: 'May grow',
  all: 'Every side',
  matte: 'Behind transparency',
  mask: 'Only the mask',
  sees: 'Looks at the picture',
  x: 'Detail across',
  y: 'Detail down',
};

/** `sharpen` → "Sharpen"; one added to the registry later has its own name. */
export const operationTitle = (name: string): string => OPERATIONS[name] ?? capital(name);
export const optionTitle = (name: string, unit?: string): string => {
  const title = OPTIONS[name] ?? capital(name);
  return unit ? `${title}, ${unit.replace(/degrees,?/, '°')}` : title;
};

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

export const DARKROOM = {
  title: 'Darkroom',
  steps: 'Steps, in this order',
  add: 'Add',
  addStep: (title: string) => `Add ${title}`,
  empty: 'Add a step to see what it makes of the picture.',
  starting: 'Still working. The function may be starting.',
  before: 'before',
  after: 'after',
  slider: 'How much is shown of what came out, in per cent',
  beforeAlt: 'The picture before',
  afterAlt: 'The picture after',
  up: (title: string) => `Move ${title} up`,
  down: (title: string) => `Move ${title} down`,
  remove: (title: string) => `Remove ${title}`,
  moved: (title: string, place: number, of: number) => `${title} is step ${place} of ${of}.`,
  removed: (title: string) => `${title} is removed.`,
  added: (title: string, place: number) => `${title} is step ${place}.`,
  own: 'other…',
  unset: '–',
  another: 'Choose the picture that is laid over this one, or write its address.',
  orAddress: (title: string) => `${title}: or its address`,
  colour: (title: string) => `${title}: the colour`,
  saveAs: 'Save as',
  answer: 'The answer',
  copyAs: 'Copy as',
  ways: { curl: 'curl', 'faas-cli': 'faas-cli', url: 'URL' },
  copied: 'Copied.',
  selected: 'Selected: press Ctrl or ⌘ and C.',
  timings: (stages: [string, number][], total: number) =>
    [...stages.map(([name, ms]) => `${name} ${milliseconds(ms)}`), `altogether ${milliseconds(total)}`].join(' · '),
  change: (before: number, after: number) => `${fileSize(before)} → ${fileSize(after)}`,
};

export const PIPELINE = {
  title: 'Pipeline',
  intro: 'One function after the other, with a timeline of where the time goes.',
  change: 'Change the steps',
  classifyHint: 'With the labels chosen above.',
  run: (count: number) => (count === 1 ? 'Run it' : `Run it on ${count} pictures`),
  stop: 'Stop',
  running: 'Running',
  starting: 'Waiting for the first step. Functions that slept are starting.',
  tooLarge: (bytes: number, most: number) =>
    `Together these pictures have ${fileSize(bytes)}; one run takes ${fileSize(most)}. Remove some and run it again.`,
  done: (count: number, ms: number) => `${count === 1 ? 'One picture' : `${count} pictures`} in ${milliseconds(ms)}`,
  brokeOff: 'The run broke off before its end. Run it again.',
  nothing: 'Add at least one step.',
  timeline: 'Where the time went',
  head: ['Step', 'Time', 'Queue', 'Call', 'Work'],
  legend: { queue: 'waiting', call: 'called', work: 'working' },
  median: 'All pictures, median',
  downloads: { svg: 'Timeline SVG', png: 'Timeline PNG', csv: 'Latencies CSV' },
  original: 'original',
  step: (name: string) => `After ${name}`,
};
