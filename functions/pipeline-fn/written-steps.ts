import * as z from 'zod';
import { Problem } from '#contract/problems';

/** A step as its caller wrote it; nothing is checked but its shape. */
export type WrittenStep = { step: string } & Record<string, unknown>;

const listed = z.array(z.looseObject({ step: z.string() }));

/**
 * Text or data → steps. Text is `name`, `name:value` or `name:key=value,key=value`, parted by `;` (or by
 * `,` where there are only names); `|` parts a list.
 * @param firstOption which option a bare value of a step means
 * @throws Problem `option-invalid`
 */
export function readWritten(
  given: string | WrittenStep[],
  firstOption: (step: string) => string | undefined,
): WrittenStep[] {
  if (typeof given !== 'string') return given;
  if (given.trimStart().startsWith('[')) return fromJson(given);
  const onlyNames = !/[;:=]/.test(given);
  return given
    .split(onlyNames ? ',' : ';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => fromPart(part, firstOption));
}

function fromJson(text: string): WrittenStep[] {
  try {
    return listed.parse(JSON.parse(text));
  } catch {
    throw invalid('The steps look like JSON but are no list of steps such as {"step": "rotate", "angle": 90}.');
  }
}

function fromPart(part: string, firstOption: (step: string) => string | undefined): WrittenStep {
  const colon = part.indexOf(':');
  if (colon < 0) return { step: part };
  const step = part.slice(0, colon).trim();
  const written: Record<string, unknown> = Object.create(null);
  for (const [index, pair] of part
    .slice(colon + 1)
    .split(',')
    .entries()) {
    const equals = pair.indexOf('=');
    const key = equals < 0 ? bareKey(index === 0 ? firstOption(step) : undefined, part) : pair.slice(0, equals).trim();
    if (key in written) throw invalid(`"${part.slice(0, 80)}" gives "${key.slice(0, 40)}" twice.`);
    written[key] = value(pair.slice(equals + 1));
  }
  return { ...written, step };
}

function bareKey(first: string | undefined, part: string): string {
  if (first !== undefined) return first;
  throw invalid(`In "${part.slice(0, 80)}" write options as name=value.`);
}

function value(text: string): string | string[] {
  const items = text.split('|').map((item) => item.trim());
  return items.length > 1 ? items.filter((item) => item !== '') : (items[0] as string);
}

function invalid(detail: string): Problem {
  return new Problem('option-invalid', detail, { members: { option: 'steps' } });
}
