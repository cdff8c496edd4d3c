import { Problem } from '#contract/problems';

/** The placeholder for the label. */
const SLOT = '{}';
export const MAX_TEMPLATE_LENGTH = 200;
export const MAX_TEMPLATES = 80;

/** Named prompts. The eight templates of the ensemble cover common surroundings of an object in a photo. */
const NAMED: Record<string, readonly string[]> = {
  photo: ['a photo of a {}'],
  none: ['{}'],
  ensemble: [
    'a photo of a {}',
    'a close-up photo of a {}',
    'a small {} in a large scene',
    'a bright photo of the {}',
    'a dark photo of the {}',
    'a blurry picture of a {}',
    'many {} together',
    'a drawing or toy of a {}',
  ],
};

export const PROMPT_NAMES = Object.keys(NAMED);

/** The templates that labels are inserted into. */
export interface Prompt {
  /** Equal prompts have equal keys. */
  key: string;
  templates: readonly string[];
  /** Whether it is one of {@link PROMPT_NAMES}; only for those are the embeddings of label sets stored. */
  named: boolean;
}

/** Parses the option `prompt`: a name, a text with `{}`, a list of such texts, or a JSON array of them in a string. */
export function readPrompt(option: string | readonly string[] = 'photo'): Prompt {
  const [only, ...others] = typeof option === 'string' ? asList(option) : option;
  const name = others.length === 0 ? only : undefined;
  const named = name !== undefined && Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  if (named) return { key: named.join('\n'), templates: named, named: true };
  const templates = [...new Set([only ?? '', ...others].map((text) => text.trim()))];
  const wrong = templates.find((text) => !text.includes(SLOT) || text.length > MAX_TEMPLATE_LENGTH);
  if (wrong !== undefined || templates.length > MAX_TEMPLATES) throw invalid(wrong);
  return { key: templates.join('\n'), templates, named: false };
}

/** Parses a JSON array in a string, as forms and queries send it. Any other string is one template, commas included. */
function asList(text: string): string[] {
  if (!text.startsWith('[')) return [text];
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  } catch {
    // A template may start with a bracket.
  }
  return [text];
}

function invalid(wrong: string | undefined): Problem {
  const own = `up to ${MAX_TEMPLATES} texts of at most ${MAX_TEMPLATE_LENGTH} characters with {} where the label goes`;
  const allowed = `one of ${PROMPT_NAMES.join(', ')}, or ${own}`;
  const came = wrong === undefined ? 'has too many texts' : `is ${JSON.stringify(wrong.slice(0, 60))}`;
  return new Problem('option-invalid', `Option "prompt" ${came}; it must be ${allowed}.`, {
    members: { option: 'prompt', allowed },
  });
}

/** Inserts a label into each template. */
export function sentences({ templates }: Prompt, label: string): string[] {
  return templates.map((template) => template.split(SLOT).join(label));
}
