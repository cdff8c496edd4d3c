import { readFile } from 'node:fs/promises';
import { Tokenizer } from '@huggingface/tokenizers';
import type { TextSpec } from './manifest.ts';

/** Token ids of texts, padded: `count` rows of `contextLength`. */
export interface Tokens {
  ids: BigInt64Array;
  /** 1 for a token, 0 for padding. */
  mask: BigInt64Array;
  count: number;
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
  { contextLength, padId }: Pick<TextSpec, 'contextLength' | 'padId'>,
): Promise<Tokenize> {
  const tokenizer = new Tokenizer(JSON.parse(await readFile(file, 'utf8')), {});
  const trailing = countTrailing(tokenizer);
  return (texts) => {
    const ids = new BigInt64Array(texts.length * contextLength).fill(BigInt(padId));
    const mask = new BigInt64Array(texts.length * contextLength);
    const lengths: number[] = [];
    texts.forEach((text, row) => {
      const all = tokenizer.encode(text).ids;
      lengths.push(all.length);
      shorten(all, contextLength, trailing).forEach((id, column) => {
        ids[row * contextLength + column] = BigInt(id);
        mask[row * contextLength + column] = 1n;
      });
    });
    return { ids, mask, count: texts.length, lengths };
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
