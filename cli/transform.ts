import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { SentOptions } from '#client/encode-request';
import { printable } from '#kit/printable';
import type { Command, Work } from './command.ts';
import { batchFlags, eachPicture, gatewayFlags, type Output } from './common.ts';
import { type Flags, grouped, type ParsedArgs } from './flags.ts';
import { findInputs, type Input, isOtherPictureName, isPictureName, readInput } from './inputs.ts';
import { checkName, fileOf, formatOf, targetOf, Writer } from './outputs.ts';
import { type OperationSchema, type OptionSchema, output, wordsOf } from './schema.ts';
import { UsageError } from './usage.ts';

const resultFlags: Flags = {
  ...grouped('Result', {
    output: {
      value: 'WHERE',
      short: 'o',
      values: 'files',
      about: 'a file, a folder, or - for stdout (default: next to the picture)',
    },
    force: { short: 'f', about: 'overwrite what exists' },
  }),
  ...batchFlags,
  ...gatewayFlags,
};

const NOTES = 'Given two files, IN and OUT, the result is written to OUT if that does not exist yet.';

/** The command of one operation, with flags from the registry. */
export function operationCommand(name: string, schema: OperationSchema): Command {
  const options = { ...schema.options, ...output };
  return {
    summary: schema.summary,
    usage: 'PICTURE… [-o WHERE]',
    aliases: name === 'grayscale' ? ['gray', 'grey'] : [],
    flags: { ...flagsOf(options), ...resultFlags },
    notes: NOTES,
    run: (work) => run(work, name, schema.function, (args) => requestOf(name, schema, args)),
  };
}

export const transform: Command = {
  summary: 'Run a chain of operations in one go',
  usage: '--chain "rotate:90;resize:width=512;grayscale" PICTURE… [-o WHERE]',
  flags: {
    chain: {
      value: 'CHAIN',
      short: 'c',
      values: 'chain',
      about: "operations and their options (default: the function's own chain)",
    },
    ...flagsOf(output),
    ...resultFlags,
  },
  notes: NOTES,
  run: (work) =>
    run(work, 'transform', 'transform-fn', (args) => ({ chain: args.text('chain'), ...chosen(output, args) })),
};

/** The request: the operation's options, or a chain of one step if it has no function of its own. */
function requestOf(name: string, schema: OperationSchema, args: ParsedArgs): SentOptions {
  const options = chosen(schema.options, args);
  const encoding = chosen(output, args);
  if (schema.function !== 'transform-fn') return { ...options, ...encoding };
  return { chain: JSON.stringify([{ operation: name, ...options }]), ...encoding };
}

function flagsOf(options: Record<string, OptionSchema>): Flags {
  const entries = Object.entries(options).map(([name, schema]) => {
    const { allowed, description, default: standard } = schema;
    const shown = standard === undefined ? '' : ` (${String(standard)})`;
    const about = `${allowed}${shown}${description ? `; ${description}` : ''}`;
    return [flagName(name), { value: 'X', values: wordsOf(schema), about }];
  });
  return Object.fromEntries(entries);
}

/** `minCosine` → `min-cosine`. */
export function flagName(option: string): string {
  return option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function chosen(options: Record<string, OptionSchema>, args: ParsedArgs): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(options).map(([name, schema]) => [name, checked(name, args.text(flagName(name)), schema)]),
  );
}

/** @throws UsageError if a value is out of range; the function checks the rest */
function checked(name: string, text: string | undefined, schema: OptionSchema): string | undefined {
  if (text === undefined || fits(text, schema)) return text;
  throw new UsageError(`--${flagName(name)} is "${text}"; it must be ${schema.allowed}.`);
}

function fits(
  text: string,
  { type = '', enum: words, minimum = -Infinity, maximum = Infinity }: OptionSchema,
): boolean {
  if (type !== 'number' && type !== 'integer') return words?.includes(text) ?? true;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return value >= minimum && value <= maximum && (type === 'number' || Number.isInteger(value));
}

async function run(
  work: Work,
  label: string,
  name: string,
  optionsOf: (args: ParsedArgs) => SentOptions,
): Promise<number> {
  const { args, caller } = work;
  const { pictures, result } = await inAndOut(args);
  const inputs = await findInputs(pictures, work.stderr);
  const target = await targetOf(result, inputs);
  if (target.to === 'stdout' && args.has('json')) throw new UsageError('With --json name a file or a folder with -o.');
  const options = optionsOf(args);
  const formatOfName = formatOf(target, typeof options.format === 'string' ? options.format : undefined);
  const format = options.format ?? formatOfName;
  const writer = new Writer(args.has('force'));
  const one = async (input: Input): Promise<Output> => {
    const picture = await readInput(input);
    const sent = { ...options, format, url: picture ? undefined : input.name };
    const began = performance.now();
    const { body, headers } = await caller.call(name, { options: sent, picture, accept: 'image/*' });
    const ms = Math.round(performance.now() - began);
    const [width, height] = [Number(headers['x-image-width']), Number(headers['x-image-height'])];
    const facts = { width, height, bytes: body.length, contentType: headers['content-type'] ?? '', ms };
    if (target.to === 'stdout') {
      await work.stdout(body);
      return { text: '', json: facts };
    }
    // `info` answers with JSON, which is printed and not written beside the picture.
    if (target.to === 'beside' && facts.contentType.startsWith('application/json')) return printedJson(input, body);
    const file = fileOf(target, input, facts.contentType, label);
    checkName(file, facts.contentType);
    await writer.write(file, body);
    return { text: `${printable(file)}  ${width}×${height}\n`, json: { output: file, ...facts } };
  };
  return eachPicture(work, inputs, one);
}

function printedJson({ name }: Input, body: Buffer): Output {
  const json = JSON.parse(body.toString('utf8')) as object;
  return { json, text: `${JSON.stringify({ picture: name, ...json })}\n` };
}

/** `IN OUT`: without `-o`, the second of two names is the output if no such file exists. */
async function inAndOut(args: ParsedArgs): Promise<{ pictures: string[]; result: string | undefined }> {
  const { positionals } = args;
  const [first = '', second = ''] = positionals;
  const named = args.text('output');
  if (named !== undefined || positionals.length !== 2) return { pictures: positionals, result: named };
  const isResult = second === '-' ? first !== '-' : await isNewPicture(second);
  return isResult ? { pictures: [first], result: second } : { pictures: positionals, result: undefined };
}

/** Whether a name is that of a picture that does not exist, in a folder that does. */
async function isNewPicture(name: string): Promise<boolean> {
  if (/^https?:/i.test(name) || !(isPictureName(name) || isOtherPictureName(name))) return false;
  const [file, folder] = await Promise.all(
    [name, path.dirname(name)].map((place) => stat(place).catch(() => undefined)),
  );
  return file === undefined && folder?.isDirectory() === true;
}
