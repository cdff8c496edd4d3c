/** The words that a model was trained on, to tell which labels it cannot know. */
export class Vocabulary {
  readonly #words: ReadonlySet<string>;
  /** Answers given before, for label sets are asked about again and again. */
  readonly #asked = new Map<string, string[]>();

  /** @param text a word a line */
  constructor(text: string) {
    this.#words = new Set(wordsOf(text));
  }

  /** The words of a label that the model never learned, in any number or case; all of it when it has no words. */
  unfamiliar(label: string): string[] {
    const known = this.#asked.get(label);
    if (known) return known;
    const all = wordsOf(label);
    const strange = all.filter((word) => !forms(word).some((form) => this.#words.has(form)));
    const words = all.length === 0 ? [label] : strange;
    if (this.#asked.size >= MAX_ASKED) this.#asked.clear();
    this.#asked.set(label, words);
    return words;
  }
}

const MAX_ASKED = 10_000;

/** Lower-case words: letters and digits of any script, accents written apart or together being the same. */
function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  );
}

/** A word, its singulars and its plurals, as English usually builds them. */
function forms(word: string): string[] {
  const singulars = [
    ...(word.endsWith('ies') ? [`${word.slice(0, -3)}y`] : []),
    ...(word.endsWith('ves') ? [`${word.slice(0, -3)}f`, `${word.slice(0, -3)}fe`] : []),
    ...(word.endsWith('es') ? [word.slice(0, -2)] : []),
    ...(word.endsWith('s') ? [word.slice(0, -1)] : []),
  ];
  const plurals = [`${word}s`, `${word}es`, ...(word.endsWith('y') ? [`${word.slice(0, -1)}ies`] : [])];
  return [word, ...singulars, ...plurals];
}
