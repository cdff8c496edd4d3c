/* What the page calls the options of operations. What is not here is called and explained as the registry does. */

export interface OptionText {
  title?: string;
  /** In place of the registry's description; empty for none. */
  hint?: string;
  /** What the page calls the values of a list. */
  values?: Record<string, string>;
  /** From, to and step of a slider, where the whole range is more than anybody drags through. */
  slider?: readonly [from: number, to: number, step: number];
}

const PLACES = {
  centre: 'middle',
  north: 'top',
  northeast: 'top right',
  east: 'right',
  southeast: 'bottom right',
  south: 'bottom',
  southwest: 'bottom left',
  west: 'left',
  northwest: 'top left',
};

/** By operation and option, or by the option alone. */
const OPTIONS: Record<string, OptionText> = {
  background: { title: 'Background' },
  'rotate.angle': { title: 'Angle', slider: [-180, 180, 1] },
  'rotate.direction': { title: 'Direction', hint: '', values: { cw: 'clockwise', ccw: 'counter-clockwise' } },
  'rotate.background': { title: 'Corners', hint: 'What fills the corners of a tilted picture.' },
  'resize.width': { hint: 'Give one side, and the other follows.' },
  'resize.fit': {
    title: 'If the shape differs',
    hint: '',
    values: {
      cover: 'crop to fill',
      contain: 'add a border',
      inside: 'stay within both sides',
      outside: 'fill both sides, keep the rest',
      fill: 'stretch',
    },
  },
  'resize.position': {
    title: 'Part to keep',
    hint: 'Where a crop or border is placed.',
    values: { ...PLACES, attention: 'what draws the eye', entropy: 'where most detail is' },
  },
  'resize.enlarge': { title: 'Allow enlarging', hint: '' },
  'resize.background': { title: 'Border colour', hint: '' },
  'resize.focusX': { title: 'Focal point across', hint: 'From 0 (left) to 1 (right).' },
  'resize.focusY': { title: 'Focal point down', hint: 'From 0 (top) to 1 (bottom).' },
  'crop.width': { hint: '' },
  'crop.height': { hint: '' },
  'crop.left': { title: 'From the left', hint: 'Centred if empty.' },
  'crop.top': { title: 'From the top', hint: 'Centred if empty.' },
  'trim.threshold': { title: 'Tolerance', hint: 'How far a colour may be from that of the border.' },
  'trim.background': { title: 'Border colour', hint: 'If unset, that of the top left corner.' },
  'flip.direction': {
    title: 'Mirror',
    hint: '',
    values: { horizontal: 'left to right', vertical: 'top to bottom', both: 'both ways' },
  },
  'blur.sigma': { title: 'Radius', hint: '', slider: [0.6, 20, 0.2] },
  'sharpen.sigma': { title: 'Radius', hint: 'How wide the edges are.', slider: [0.3, 5, 0.1] },
  'sharpen.amount': { hint: '', slider: [0, 5, 0.1] },
  'denoise.mode': {
    title: 'Kind of noise',
    hint: '',
    values: {
      auto: 'find out',
      median: 'single bright and dark dots',
      bilateral: 'light grain',
      nlm: 'strong grain (slow)',
    },
  },
  'denoise.strength': { hint: 'For grain.', slider: [0, 3, 0.1] },
  'denoise.size': { title: 'Size of the dots', hint: 'For dots.', slider: [3, 9, 1] },
  'cutout.background': { title: 'New background', hint: '' },
  'cutout.mask': { title: 'Show the mask', hint: 'White where the object is, black elsewhere.' },
  'cutout.feather': { title: 'Soften the edge', hint: '', slider: [0, 20, 0.5] },
  'cutout.method': {
    title: 'How to find the object',
    hint: '',
    values: { model: 'with a model, for photos', border: 'by colour, for plain backgrounds' },
  },
  'pixelate.size': { title: 'Block size', hint: '', slider: [2, 100, 1] },
  'adjust.brightness': { hint: '1 leaves it as it is.', slider: [0, 2, 0.05] },
  'adjust.saturation': { hint: '0 is gray, 1 leaves it as it is.', slider: [0, 3, 0.05] },
  'adjust.hue': { hint: 'Shifts all colours.', slider: [-180, 180, 1] },
  'adjust.gamma': { title: 'Mid-tones', hint: 'More than 1 is lighter, less is darker.', slider: [0.4, 3, 0.05] },
  'pad.all': { title: 'All sides', hint: 'For sides without a figure of their own.', slider: [0, 200, 1] },
  'pad.background': { title: 'Border colour' },
  'watermark.picture': { title: 'Picture to lay over', hint: '' },
  'watermark.gravity': { title: 'Place', values: PLACES },
  'watermark.x': { title: 'Distance across', hint: 'From the edge it is placed at.' },
  'watermark.y': { title: 'Distance down', hint: 'From the edge it is placed at.' },
  'watermark.opacity': { hint: '', slider: [0, 1, 0.05] },
  'watermark.scale': {
    title: 'Size',
    hint: 'As a share of the photo, from 0.01 to 1. If empty, as large as it is.',
    slider: [0.05, 1, 0.05],
  },
  format: {
    hint: 'If unset, the format of the photo.',
    values: { jpeg: 'JPEG', png: 'PNG', webp: 'WebP', avif: 'AVIF', auto: 'whichever fits' },
  },
  quality: { hint: 'For JPEG, WebP and AVIF: less is smaller.', slider: [1, 100, 1] },
  matte: { title: 'Behind transparency', hint: 'For JPEG, which has no transparency.' },
  'placeholder.x': { title: 'Detail across', hint: '', slider: [1, 9, 1] },
  'placeholder.y': { title: 'Detail down', hint: '', slider: [1, 9, 1] },
  'classify.sees': {
    title: 'Look at',
    values: { last: 'the picture after the steps before', original: 'the photo as it was' },
  },
};

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** What the page says of an option. @param operation where it belongs; options of the result belong to `convert` */
export function optionText(operation: string, option: string): OptionText & { title: string } {
  const text = OPTIONS[`${operation}.${option}`] ?? OPTIONS[option] ?? {};
  return { ...text, title: text.title ?? capital(option) };
}

/** The names of {@link OptionText}s, for a test that none is left over. */
export const OPTION_TEXTS = Object.keys(OPTIONS);

/** `px` → "px", `degrees, clockwise` → "°", `levels` → nothing that helps. */
export function unitText(unit: string | undefined): string {
  if (unit === undefined || unit === 'levels') return '';
  return unit.startsWith('degrees') ? '°' : unit;
}
