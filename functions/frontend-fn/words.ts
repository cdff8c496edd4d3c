/* How figures are written, by the function and by its page alike. Imports nothing: the page bundles it. */

/** 0.9312 → "93.1%", and "<0.1%" for what would round to nothing. */
export function percent(score: number): string {
  const value = score * 100;
  return value > 0 && value < 0.05 ? '<0.1%' : `${value.toFixed(1)}%`;
}

/** 34816 → "34 kB", 33554432 → "32 MB": in steps of 1024, as file managers count. */
export function fileSize(bytes: number): string {
  if (bytes < 1_024) return `${bytes} bytes`;
  const kilo = bytes / 1_024;
  return kilo < 1_023.5 ? `${Math.round(kilo)} kB` : `${Number((kilo / 1_024).toFixed(1))} MB`;
}

/** 451, 300 → "451 × 300 px" */
export function pixels(width: number, height: number): string {
  return `${width} × ${height} px`;
}

/** 12.4 → "12 ms", 1234 → "1.2 s" */
export function milliseconds(ms: number): string {
  return ms < 1_000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** `tabby cat` → "Tabby cat" */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
