import { readFile } from 'node:fs/promises';
import { Tokenizer } from '@huggingface/tokenizers';
import type { TextSpec } from './manifest.ts';

/** Token ids of texts. */
export interface Tokens {
  /** Of each text, at most `contextLength`, without padding. */
  rows: number[][];
  /** Tokens of each text, including special ones; more than `contextLength` if the text was truncated. */
  lengths: number[];
}

export type Tokenize = (texts: string[]) => Tokens;

/**
 * Loads a tokenizer from its `tokenizer.json`.
 * @returns a function from texts to ids; a text that is too long is truncated, but keeps its end token
 */
export async function loadTokenizer(
  file: string,
  { contextLength }: Pick<TextSpec, 'contextLength'>,
): Promise<Tokenize> {
  const tokenizer = new Tokenizer(JSON.parse(await readFile(file, 'utf8')), {});
  const trailing = countTrailing(tokenizer);
  return (texts) => {
    const all = texts.map((text) => tokenizer.encode(text).ids);
    const rows = all.map((ids) => shorten(ids, contextLength, trailing));
    return { rows, lengths: all.map(({ length }) => length) };
  };
}

/** The number of special tokens after every text (CLIP has one, the end of text). */
function countTrailing(tokenizer: Tokenizer): number {
  const bare = tokenizer.encode('a', { add_special_tokens: false }).ids;
  const whole = tokenizer.encode('a').ids;
  const last = bare.at(-1);
  return last === undefined ? 0 : whole.length - 1 - whole.lastIndexOf(last);
}

function shorten(ids: number[], length: number, trailing: number): number[] {
  if (ids.length <= length) return ids;
  return [...ids.slice(0, length - trailing), ...ids.slice(ids.length - trailing)];
}
