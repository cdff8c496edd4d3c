import * as z from 'zod';
import {
  type ClassifyOptions,
  MAX_CLASSES,
  MAX_EXAMPLES,
  MAX_LABEL_LENGTH,
  MAX_LABELS,
  MAX_TEMPLATE_LENGTH,
  MAX_TEMPLATES,
  PROMPT_NAMES,
} from '#clip';
import { colourOption, enumOption, listOption, numberOption } from '#contract/options';
import { Problem } from '#contract/problems';
import type { GroupRules } from '#intake';

const ACTIONS = ['classify', 'embed', 'rank', 'labelsets', 'model'] as const;

const action = { do: enumOption(ACTIONS).optional().describe('For the path /: what to do (classify).') };

const prompt = z
  .union([z.string().min(1).max(20_000), z.array(z.string().min(1).max(MAX_TEMPLATE_LENGTH)).min(1).max(MAX_TEMPLATES)])
  .optional()
  .meta({ allowed: `one of ${PROMPT_NAMES.join(', ')}, a text with {} where the label goes, or a list of such texts` })
  .describe(`How a label becomes a sentence: ${PROMPT_NAMES.join(', ')}, a text with {}, or a list of such texts.`);

const exif = enumOption(['orient', 'ignore'])
  .optional()
  .describe('Whether EXIF orientation is applied (orient); ignore reads the pixels as stored, as Pillow does.');

const matte = colourOption().optional().describe('The background for transparency (white).');

const labels = () => listOption({ maxItems: MAX_LABELS, maxLength: MAX_LABEL_LENGTH }).optional();

export const classifyOptions = z.object({
  ...action,
  labels: labels().describe(
    'What might be in the picture: repeated, comma-separated or a JSON array. With examples: words for the classes.',
  ),
  candidate_labels: labels().describe('Another name of labels.'),
  labelset: z.string().min(1).max(64).optional().describe('The name of a label set, in place of labels.'),
  prompt,
  top: numberOption({ min: 1, max: MAX_LABELS, int: true }).optional().describe('How many labels to answer with (5).'),
  minCosine: numberOption({ min: 0, max: 1 })
    .optional()
    .describe('Below this cosine the state is none; 0 turns it off. By default the model judges by cosine and score.'),
  exif,
  matte,
});

/** Classes by example: pictures that are sent along with the one to classify. */
export const EXAMPLES: GroupRules = {
  field: 'examples',
  called: 'class',
  maxGroups: MAX_CLASSES,
  maxName: MAX_LABEL_LENGTH,
  maxMembers: MAX_EXAMPLES,
};

const MAX_TEXT_LENGTH = 1_000;
const text = z.string().min(1).max(MAX_TEXT_LENGTH);

export const embedOptions = z.object({
  ...action,
  text: z
    .union([text, z.array(text).min(1).max(MAX_LABELS)])
    .optional()
    .meta({ allowed: `one or up to ${MAX_LABELS} texts of at most ${MAX_TEXT_LENGTH} characters` })
    .describe('Texts to embed, repeated or a JSON array; with or without a picture.'),
  prompt,
  exif,
  matte,
});

export const rankOptions = z.object({
  ...action,
  text: text.describe('What the pictures are compared with.'),
  prompt,
  exif,
  matte,
});

/** The option of endpoints that have no other. */
export const noOptions = z.object(action);

/**
 * The labels of a request: a list, a set, or `undefined` for the default set.
 * @throws Problem `option-invalid` if it has more than one of these
 */
export function requestedLabels(fields: z.output<typeof classifyOptions>): ClassifyOptions['labels'] {
  const present = (['labels', 'candidate_labels', 'labelset'] as const).filter((name) => fields[name] !== undefined);
  if (present.length > 1) {
    throw new Problem('option-invalid', `Send only one of ${present.join(' and ')}.`, {
      members: { option: present[1] },
    });
  }
  const { labelset } = fields;
  return fields.labels ?? fields.candidate_labels ?? (labelset === undefined ? undefined : { labelset });
}
