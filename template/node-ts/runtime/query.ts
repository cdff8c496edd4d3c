/** Parses query strings and form bodies: flat, or nested by brackets like node18's parser (qs). */

export interface NestedValues {
  [name: string]: string | NestedValues | (string | NestedValues)[];
}

export interface NestingRules {
  /** Levels of brackets that are parsed; deeper ones stay part of the last name. */
  depth: number;
  /** The highest index of a list; above it, indices become names. */
  listLimit: number;
  /** The maximum number of pairs; the rest is ignored. */
  maxPairs: number;
}

/** Express 4's rules for a query. */
export const QUERY_RULES: NestingRules = { depth: 5, listLimit: 20, maxPairs: 1000 };

/** Setting this name on an ordinary object would change its prototype. */
const FORBIDDEN = '__proto__';

/** Repeated names become lists; brackets have no meaning. */
export function parseFlat(text: string): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) {
    if (name === FORBIDDEN) continue;
    const before = values[name];
    if (before === undefined) values[name] = value;
    else if (typeof before === 'string') values[name] = [before, value];
    else before.push(value);
  }
  return values;
}

/** The values of a name while they are collected: a list until a name that is not an index. */
interface Branch {
  entries: Map<string, string | Branch>;
  list: boolean;
  next: number;
}

/**
 * `a[b]=1` → `{a: {b: '1'}}`, `a[]=1&a[]=2` and `a=1&a=2` → `{a: ['1', '2']}`.
 * @param create creates the objects: without a prototype for a query, ordinary ones for a form, as in node18
 */
export function parseNested(text: string, rules: NestingRules, create: () => object): NestedValues {
  const root: Branch = { entries: new Map(), list: false, next: 0 };
  for (const pair of text.split('&', rules.maxPairs)) {
    const split = pair.indexOf('=');
    const name = decode(split < 0 ? pair : pair.slice(0, split));
    if (name === '') continue;
    const segments = segmentsOf(name, rules.depth);
    if (segments.includes(FORBIDDEN)) continue;
    insert(root, segments, split < 0 ? '' : decode(pair.slice(split + 1)), rules.listLimit);
  }
  return finish(root, create) as NestedValues;
}

function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/** `a[b][]` → `['a', 'b', '']`; a name with unbalanced brackets is not split. */
export function segmentsOf(name: string, depth: number): string[] {
  const match = /^([^[\]]*)((?:\[[^[\]]*\])*)$/.exec(name);
  if (!match) return [name];
  const [, head = '', brackets = ''] = match;
  const inner = brackets === '' ? [] : brackets.slice(1, -1).split('][');
  const segments = head === '' ? inner : [head, ...inner];
  const most = depth + 1;
  if (segments.length <= most) return segments;
  const rest = segments.slice(most).map((segment) => `[${segment}]`);
  return [...segments.slice(0, most), rest.join('')];
}

function listOf(first?: string): Branch {
  const entries = new Map<string, string | Branch>();
  if (first !== undefined) entries.set('0', first);
  return { entries, list: true, next: entries.size };
}

function insert(root: Branch, segments: string[], value: string, listLimit: number): void {
  let branch = root;
  segments.forEach((segment, position) => {
    const key = segment === '' ? String(branch.next) : segment;
    if (/^(0|[1-9]\d{0,8})$/.test(key) && (segment === '' || Number(key) <= listLimit)) {
      branch.next = Math.max(branch.next, Number(key) + 1);
    } else branch.list = false;
    const before = branch.entries.get(key);
    if (before === undefined && position === segments.length - 1) {
      branch.entries.set(key, value);
      return;
    }
    const inner = before === undefined || typeof before === 'string' ? listOf(before) : before;
    branch.entries.set(key, inner);
    if (position === segments.length - 1) {
      inner.entries.set(String(inner.next), value);
      inner.next += 1;
    }
    branch = inner;
  });
}

function finish(branch: Branch, create: () => object): NestedValues | (string | NestedValues)[] {
  const value = (node: string | Branch) =>
    typeof node === 'string' ? node : (finish(node, create) as string | NestedValues);
  if (branch.list) {
    const ordered = [...branch.entries].sort(([a], [b]) => Number(a) - Number(b));
    return ordered.map(([, node]) => value(node));
  }
  const values = create() as NestedValues;
  for (const [name, node] of branch.entries) values[name] = value(node);
  return values;
}
