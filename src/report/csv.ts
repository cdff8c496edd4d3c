export type Cell = string | number;

/** Rows as CSV (RFC 4180). No cell becomes a formula in a spreadsheet or ends its line. */
export function csv(lines: Cell[][]): string {
  return lines.map((line) => `${line.map(csvCell).join(',')}\r\n`).join('');
}

function csvCell(cell: Cell): string {
  if (typeof cell === 'number') return String(cell);
  const text = cell.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  const harmless = /^[^\p{L}\p{N}]*[=+\-@]/u.test(text) ? `'${text}` : text;
  // In some locales spreadsheets split at semicolons, too, so a formula after one is escaped as well.
  return /[",;|]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
