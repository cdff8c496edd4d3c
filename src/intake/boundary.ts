import { Transform } from 'node:stream';

const [SPACE, TAB] = [0x20, 0x09];
const LINE_BREAK = Buffer.from('\r\n');

/** The boundary that a `Content-Type` names, quoted or not; empty if it names none. */
export function boundaryOf(type: string): string {
  const [, quoted, bare] = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,]+))/i.exec(type) ?? [];
  return (quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '').trimEnd();
}

/**
 * Removes the white space that RFC 2046 §5.1.1 allows after a boundary; the parser does not support it.
 * @param boundary as in the header, without leading dashes
 */
export function withoutPadding(boundary: string): Transform {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  // The first delimiter needs no line break before it; this one is removed again.
  let held: Buffer = LINE_BREAK;
  let extra = LINE_BREAK.length;
  let padding = false;

  const pass = (data: Buffer): Buffer => {
    const skipped = Math.min(extra, data.length);
    extra -= skipped;
    return data.subarray(skipped);
  };
  return new Transform({
    transform(chunk: Buffer, _, done) {
      let data = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      for (;;) {
        if (padding) {
          const end = data.findIndex((byte) => byte !== SPACE && byte !== TAB);
          padding = end < 0;
          data = data.subarray(end < 0 ? data.length : end);
        }
        const found = data.indexOf(delimiter);
        if (found < 0) break;
        this.push(pass(data.subarray(0, found + delimiter.length)));
        data = data.subarray(found + delimiter.length);
        padding = true;
      }
      const kept = Math.min(data.length, delimiter.length - 1);
      if (data.length > kept) this.push(pass(data.subarray(0, data.length - kept)));
      held = data.subarray(data.length - kept);
      done();
    },
    flush(done) {
      if (held.length > 0) this.push(pass(held));
      done();
    },
  });
}
