import { StringDecoder } from 'node:string_decoder';

/** A longer line is split, so that output without line breaks cannot fill the memory. */
const MAX_LINE = 64 * 1024;

/** Cuts a stream of bytes into lines; the part after the last line break waits for more, or for `end`. */
export class LineSplitter {
  private rest = '';
  private readonly decoder = new StringDecoder('utf8');
  private readonly onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.onLine = onLine;
  }

  push(chunk: Buffer): void {
    const lines = (this.rest + this.decoder.write(chunk)).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.emit(line);
    while (this.rest.length > MAX_LINE) {
      this.emit(this.rest.slice(0, MAX_LINE));
      this.rest = this.rest.slice(MAX_LINE);
    }
  }

  end(): void {
    this.rest += this.decoder.end();
    if (this.rest !== '') this.emit(this.rest);
    this.rest = '';
  }

  private emit(line: string): void {
    this.onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
}
