import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** Whether a name is a pattern, which a shell leaves to us if it is quoted or on Windows. */
export function isPattern(name: string): boolean {
  return /[*?{]/.test(name);
}

/**
 * Finds the files that match a pattern, sorted: `*` and `?` within a folder, `**` across folders, `{a,b}` alternatives.
 * Hidden files never match. @returns the folder before the first wildcard, and the files below it
 */
export async function matches(pattern: string): Promise<{ folder: string; files: string[] }> {
  const parts = pattern.split(path.sep === '\\' ? /[\\/]/ : '/');
  const fixed = parts.slice(0, parts.findIndex(isPattern));
  const folder = fixed.length === 0 ? '.' : fixed.join('/') || '/';
  const expression = new RegExp(
    `^${parts.slice(fixed.length).map(partExpression).join('/').replaceAll('**/', '(?:[^/]+/)*')}$`,
  );
  const items = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = items
    .filter((item) => item.isFile())
    .map((item) => path.relative(folder, path.join(item.parentPath, item.name)))
    .filter((file) => {
      const names = file.split(path.sep);
      return !names.some((name) => name.startsWith('.')) && expression.test(names.join('/'));
    });
  return { folder, files: files.sort() };
}

/** A regular expression for the part between two slashes; `**` is unchanged. */
function partExpression(part: string): string {
  if (part === '**') return part;
  const signs: Record<string, string> = { '*': '[^/]*', '?': '[^/]' };
  let source = '';
  for (let at = 0; at < part.length; at++) {
    const sign = part.charAt(at);
    const end = sign === '{' ? part.indexOf('}', at) : -1;
    if (end > at) {
      source += `(?:${part
        .slice(at + 1, end)
        .split(',')
        .map(partExpression)
        .join('|')})`;
      at = end;
    } else source += signs[sign] ?? sign.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  }
  return source;
}
