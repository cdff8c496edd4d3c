/** Turns a shell pattern (`*`, `?`, `[a-z]`, `[^a]`, `\x`) into an anchored expression; undefined when malformed. */
function expressionOf(pattern: string): RegExp | undefined {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === '*') source += '[^]*';
    else if (character === '?') source += '[^]';
    else if (character === '[') {
      const end = pattern.indexOf(']', at + 2);
      if (end < 0) return undefined;
      const negated = pattern.charAt(at + 1) === '^';
      const members = pattern.slice(at + (negated ? 2 : 1), end);
      source += `[${negated ? '^' : ''}${members.replace(/[[\]&^~|]/g, '\\$&')}]`;
      at = end;
    } else {
      const literal = character === '\\' ? pattern.charAt(++at) : character;
      if (literal === '') return undefined;
      source += literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    }
  }
  try {
    return new RegExp(`^${source}$`, 'u');
  } catch {
    return undefined;
  }
}

/**
 * Cuts the part of `value` that a shell pattern matches from its start (or end); a pattern that does not match,
 * or is malformed, changes nothing.
 */
export function trimMatch(value: string, pattern: string, how: { fromEnd: boolean; longest: boolean }): string {
  const expression = expressionOf(pattern);
  if (!expression) return value;
  const characters = [...value];
  for (let taken = 1; taken <= characters.length; taken++) {
    const length = how.longest ? characters.length - taken + 1 : taken;
    const cut = how.fromEnd ? characters.length - length : length;
    const [matched, kept] = how.fromEnd
      ? [characters.slice(cut), characters.slice(0, cut)]
      : [characters.slice(0, cut), characters.slice(cut)];
    if (expression.test(matched.join(''))) return kept.join('');
  }
  return value;
}
