import { FunctionCallError, problemInEvent } from '#client/function-errors';
import type { RankAnswer } from '#contract/clip-answers';
import type { Caller } from './caller.ts';

/** Concurrent calls: the function decodes one batch while the model works on the other. */
const MAX_CALLS = 2;
const MAX_PICTURES = 16;
/** Limit of one batch; a larger picture is sent alone. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

interface Waiting {
  picture: Buffer;
  resolve(cosine: number): void;
  reject(error: unknown): void;
}

/**
 * Compares pictures with a text by clip-fn's `rank`. Pictures that arrive while calls are in progress form the next
 * batch.
 */
export class Ranker {
  readonly #caller: Caller;
  readonly #options: { text: string; prompt: string[] | undefined };
  readonly #waiting: Waiting[] = [];
  #calls = 0;
  /** The function's hint about the text, from its first answer. */
  hint: string | undefined;

  constructor(caller: Caller, options: { text: string; prompt: string[] | undefined }) {
    this.#caller = caller;
    this.#options = options;
  }

  /** @returns the cosine of picture and text. @throws the Problem of this picture */
  rank(picture: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ picture, resolve, reject });
      this.#send();
    });
  }

  /** Like {@link rank}; the function fetches the picture. */
  async rankUrl(url: string): Promise<number> {
    return cosineOf((await this.#call({ url })).pictures[0]);
  }

  #send(): void {
    if (this.#calls >= MAX_CALLS || this.#waiting.length === 0) return;
    const batch = this.#waiting.splice(0, this.#nextSize());
    this.#calls++;
    void this.#settle(batch).finally(() => {
      this.#calls--;
      this.#send();
    });
  }

  #nextSize(): number {
    let [size, bytes] = [0, 0];
    for (const { picture } of this.#waiting.slice(0, MAX_PICTURES)) {
      bytes += picture.length;
      if (size > 0 && bytes > MAX_BATCH_BYTES) break;
      size++;
    }
    return size;
  }

  async #settle(batch: Waiting[]): Promise<void> {
    try {
      const [only] = batch;
      const picture = batch.length === 1 && only ? only.picture : batch.map((one) => one.picture);
      const { pictures } = await this.#call({}, picture);
      for (const [index, { resolve, reject }] of batch.entries()) {
        const answer = pictures.find((one) => one.index === index);
        await Promise.resolve(answer).then(cosineOf).then(resolve, reject);
      }
    } catch (error) {
      // The function, or a proxy before it, may have a lower limit: retry one by one.
      const tooLarge = error instanceof FunctionCallError && error.answered === 413 && batch.length > 1;
      if (tooLarge) for (const one of batch) await this.#settle([one]);
      else for (const { reject } of batch) reject(error);
    }
  }

  async #call(source: { url?: string }, picture?: Buffer | Buffer[]): Promise<RankAnswer> {
    const options = { ...this.#options, ...source };
    const request = { path: '/rank', options, picture, accept: 'application/json' };
    const { body } = await this.#caller.call('clip-fn', request);
    const answer = JSON.parse(body.toString('utf8')) as RankAnswer;
    this.hint ??= answer.hint;
    return answer;
  }
}

function cosineOf(answer: RankAnswer['pictures'][number] | undefined): number {
  if (answer?.cosine !== undefined) return answer.cosine;
  throw problemInEvent('clip-fn', answer?.problem);
}
