import * as z from 'zod';
import { Problem } from '#contract/problems';

/*
 * The grammar of steps: `rotate:90;resize:width=512,fit=cover;grayscale`, or the same as JSON. Callers check names and
 * options.
 */

/** A step as written; only its syntax is checked. */
export interface WrittenStep {
  name: string;
  options: Record<string, unknown>;
}

export interface StepGrammar {
  /** The option that contains the steps, for messages. */
  option: string;
  /** The member that names a step in JSON. */
  member: string;
  /** The option that a bare value sets, if any. */
  firstOption(name: string): string | undefined;
  /** `|` separates the items of a list; if there are only names, commas may separate the steps. */
  lists?: true;
}

/** Steps as an option: text of at most `maxLength` characters, or a list: `[{"operation": "rotate", "angle": 90}]`. */
export function writtenSteps<const Member extends string>(member: Member, maxLength: number) {
  return z.union([z.string().min(1).max(maxLength), jsonSteps(member).min(1)]);
}

function jsonSteps<const Member extends string>(member: Member) {
  return z.array(z.looseObject({ [member]: z.string() } as Record<Member, z.ZodString>));
}

/**
 * Parses steps from text (`name`, `name:value` or `name:key=value,key=value`, separated by `;`) or as JSON.
 * @throws Problem `option-invalid`
 */
export function parseSteps(written: string | readonly Record<string, unknown>[], grammar: StepGrammar): WrittenStep[] {
  if (typeof written !== 'string') return written.map((step) => fromJson(step, grammar));
  if (written.trimStart().startsWith('[')) return fromJsonText(written, grammar);
  const separator = grammar.lists && !/[;:=]/.test(written) ? ',' : ';';
  const parts = written.split(separator).map((part) => part.trim());
  return parts.filter((part) => part !== '').map((part) => fromText(part, grammar));
}

function fromJson(step: Record<string, unknown>, { member }: StepGrammar): WrittenStep {
  const { [member]: name, ...options } = step;
  return { name: String(name), options };
}

function fromJsonText(text: string, grammar: StepGrammar): WrittenStep[] {
  const { option, member } = grammar;
  let steps: Record<string, unknown>[];
  try {
    steps = jsonSteps(member).parse(JSON.parse(text));
  } catch {
    const example = JSON.stringify({ [member]: 'rotate', angle: 90 });
    throw invalid(`Option "${option}" looks like JSON but is not a list of steps such as ${example}.`, option);
  }
  return steps.map((step) => fromJson(step, grammar));
}

function fromText(part: string, { option, member, firstOption, lists }: StepGrammar): WrittenStep {
  const [head = '', ...tail] = part.split(':');
  const name = head.trim();
  const options = new Map<string, unknown>();
  const pairs = tail.length === 0 ? [] : tail.join(':').split(',');
  for (const [index, pair] of pairs.entries()) {
    const equals = pair.indexOf('=');
    const key = equals < 0 ? (index === 0 ? firstOption(name) : undefined) : pair.slice(0, equals).trim();
    if (key === undefined) throw invalid(`In "${part.slice(0, 80)}" write options as name=value.`, option);
    if (options.has(key) || key === member) {
      throw invalid(`"${part.slice(0, 80)}" gives "${key.slice(0, 40)}" twice.`, option);
    }
    options.set(key, valueIn(pair.slice(equals + 1), lists));
  }
  return { name, options: Object.fromEntries(options) };
}

function valueIn(text: string, lists = false): string | string[] {
  if (!lists || !text.includes('|')) return text.trim();
  const items = text.split('|').map((item) => item.trim());
  return items.filter((item) => item !== '');
}

function invalid(detail: string, option: string): Problem {
  return new Problem('option-invalid', detail, { members: { option } });
}
