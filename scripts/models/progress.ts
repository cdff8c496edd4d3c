import { stderr } from 'node:process';

/** The output: a bar on a terminal, lines elsewhere. */
export interface Terminal {
  isTTY?: boolean;
  write(text: string): unknown;
}

const WIDTH = 30;
const EVERY_MS = 100;

/** "88.6 MB", in powers of ten like the hub. */
export function megabytes(bytes: number): string {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}

/** Shows the progress of a file: a bar on a terminal, a line every 10 % elsewhere. */
export class Progress {
  readonly #name: string;
  readonly #total: number;
  readonly #began = performance.now();
  readonly #out: Terminal;
  #first: number | undefined;
  #shown = 0;
  #tenth = 0;

  constructor(name: string, total: number, out: Terminal = stderr) {
    this.#name = name;
    this.#total = total;
    this.#out = out;
  }

  /** @param done bytes so far, including those of earlier attempts */
  show(done: number): void {
    this.#first ??= done;
    if (this.#out.isTTY) this.#bar(done);
    else this.#line(done);
  }

  #bar(done: number): void {
    const now = performance.now();
    if (now - this.#shown < EVERY_MS && done < this.#total) return;
    this.#shown = now;
    const filled = Math.min(WIDTH, Math.floor((done / this.#total) * WIDTH));
    const bar = '█'.repeat(filled).padEnd(WIDTH, '░');
    this.#out.write(
      `\r${this.#name.padEnd(16)} ${bar} ${megabytes(done)} of ${megabytes(this.#total)}${this.#rest(done)}\u001b[K`,
    );
  }

  /** Ends the line of the bar. */
  end(): void {
    if (this.#out.isTTY && this.#shown > 0) this.#out.write('\n');
  }

  #line(done: number): void {
    const tenth = Math.floor((done / this.#total) * 10);
    if (tenth <= this.#tenth) return;
    this.#tenth = tenth;
    this.#out.write(`${this.#name}: ${tenth * 10} % of ${megabytes(this.#total)}\n`);
  }

  #rest(done: number): string {
    const seconds = (performance.now() - this.#began) / 1_000;
    const speed = (done - (this.#first ?? 0)) / seconds;
    if (seconds < 1 || speed <= 0 || done >= this.#total) return '';
    return `, ${Math.ceil((this.#total - done) / speed)} s left`;
  }
}
