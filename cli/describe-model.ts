import type { ModelInUse } from '#contract/classification';
import { printable } from '#kit/printable';

const WIDTH = 100;
const LABEL = 12;

/** Describes a model in a few lines: its title, then a name and a value on each, wrapped if long. */
export function describeModel(facts: ModelInUse): string {
  const { id, title, version, licence, source, imageSize, contextLength, embedding, card, confidence } = facts;
  const judged = confidence
    ? 'sure, not sure or none of these, by score, cosine and the number of labels'
    : `none of these below a cosine of ${facts.minCosine}`;
  const rows: [string, unknown][] = [
    ['id', id],
    ['version', version],
    ['input', `${imageSize} × ${imageSize} pixels`],
    ['context', `${contextLength} tokens of a label`],
    ['embedding', embedding === undefined ? undefined : `${embedding} numbers`],
    ['precision', precisionOf(facts.quantisation)],
    ['answers', judged],
    ['source', source],
    ['licence', licence],
    ['card', card ? 'obscura model --card' : undefined],
  ];
  const shown = rows.filter(([, value]) => value !== undefined && value !== '');
  const lines = shown.map(([name, value]) => `  ${name.padEnd(LABEL)}${folded(printable(String(value)))}`);
  return `${[printable(String(title ?? id)), ...lines].join('\n')}\n`;
}

/** `{"image": "int8", "text": "int8"}` → `int8 (image), int8 (text)` */
function precisionOf(quantisation: ModelInUse['quantisation']): string {
  return Object.entries(quantisation ?? {})
    .map(([graph, kind]) => `${kind} (${graph})`)
    .join(', ');
}

/** Wraps a long text between words and indents its other lines. */
function folded(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(/ +/)) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length < WIDTH - LABEL - 2)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${' '.repeat(LABEL + 2)}`);
}
