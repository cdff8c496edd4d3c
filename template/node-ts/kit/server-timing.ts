/** One entry of a `Server-Timing` header. */
export interface ServerTiming {
  name: string;
  ms: number;
}

/** An entry's name and parameters; quoted ones may contain commas. */
const ENTRY = /(?:^|,)\s*([^\s;,"]+)((?:[^,"]+|"(?:[^"\\]|\\.)*")*)/g;

/** Reads `Server-Timing` (W3C): `decode;dur=1.5, step1;dur=20;desc="resize"`. Omits entries without `dur`. */
export function parseServerTiming(header: string): ServerTiming[] {
  return [...header.matchAll(ENTRY)].flatMap(([, name = '', parameters = '']) => {
    const dur = /;\s*dur=(\d+(?:\.\d+)?|\.\d+)(?![\w.])/.exec(parameters.replace(/"(?:[^"\\]|\\.)*"/g, '""'))?.[1];
    return dur === undefined ? [] : [{ name, ms: Number(dur) }];
  });
}

/** `step1`, `step2`, … are the passes of a picture's work, and parts of other entries. */
export function isStepTiming({ name }: ServerTiming): boolean {
  return /^step\d/.test(name);
}
