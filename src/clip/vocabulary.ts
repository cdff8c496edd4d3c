/** The words of a model's training texts. Tells which labels the model cannot know. */
export class Vocabulary {
  readonly #words: ReadonlySet<string>;
  /** Cached results, since label sets are looked up again and again. */
  readonly #asked = new Map<string, string[]>();

  /** @param text one word per line */
  constructor(text: string) {
    this.#words = new Set(wordsOf(text));
  }

  /**
   * The words of a label that the model never saw, in singular or plural, in any case; the whole label if it has no
   * words.
   */
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

/** Lower-case words: letters and digits of any script; composed and decomposed accents are equal. */
function wordsOf(text: string): string[] {
  return (
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  );
}

/** A word with its regular English singulars and plurals. */
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
