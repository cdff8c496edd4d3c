import { trimMatch } from './glob.ts';

/** An invalid substitution; `line` counts from 1. */
export class SubstitutionError extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** Looks up a variable; an unset one is empty. */
export type Lookup = (name: string) => string;

/** The forms between `${` and `}`, for messages. */
const SUPPORTED = 'VAR VAR:-default VAR:=default VAR=default VAR^^ VAR,, #VAR VAR:1:2 VAR/a/b VAR#prefix VAR%suffix';

/**
 * Substitutes `${…}` in a stack file as faas-cli does (whole text, before YAML, defaults may nest).
 * `$` without a brace stays, `$$` is one `$` (so `$${X}` stays `${X}`), `\\` is `\` and `\/` is `/`.
 * @throws SubstitutionError for what faas-cli refuses or silently misreads (`${V-d}`, `${V:?e}`, `${V:+d}`)
 */
export function substitute(text: string, lookup: Lookup): string {
  return new Substitution(text, lookup).run();
}

/** A recursive-descent parser of one text that writes its output as it reads. */
class Substitution {
  private at = 0;
  private readonly text: string;
  private readonly lookup: Lookup;

  constructor(text: string, lookup: Lookup) {
    this.text = text;
    this.lookup = lookup;
  }

  run(): string {
    let out = '';
    while (this.at < this.text.length) {
      out += this.text.startsWith('${', this.at) ? this.expression() : this.plain(true);
    }
    return out;
  }

  /** One character outside an expression, or two where the first one escapes the second. */
  private plain(dollarEscapes: boolean): string {
    const pair = this.text.slice(this.at, this.at + 2);
    const escaped = pair === '\\\\' || pair === '\\/' || (dollarEscapes && pair === '$$');
    if (escaped) {
      this.at += 2;
      return pair.charAt(1);
    }
    const character = this.text.charAt(this.at);
    this.at += 1;
    return character;
  }

  private expression(): string {
    const start = this.at;
    this.at += 2;
    if (this.text.charAt(this.at) === '#') return this.length(start);
    const name = this.name(start);
    const value = this.lookup(name);
    switch (this.text.charAt(this.at)) {
      case '}':
        this.at += 1;
        return value;
      case '=':
        return this.fallback(start, value, 1);
      case ':':
        return this.colon(start, value);
      case '^':
      case ',':
        return this.casing(start, value);
      case '#':
      case '%':
        return this.trim(start, value);
      case '/':
        return this.replace(start, value);
      default:
        throw this.refuse(start);
    }
  }

  private name(start: number): string {
    const name = /^[\p{L}\p{Nd}_]+/u.exec(this.text.slice(this.at, this.at + 256))?.[0];
    if (!name) throw this.refuse(start);
    this.at += name.length;
    return name;
  }

  private colon(start: number, value: string): string {
    const next = this.text.charAt(this.at + 1);
    if (next === '-' || next === '=') return this.fallback(start, value, 2);
    if (next === '?' || next === '+') throw this.refuse(start);
    return this.substring(start, value);
  }

  /** `${V:-d}`, `${V:=d}` and `${V=d}` mean the same: the default where V is unset or empty; it may nest. */
  private fallback(start: number, value: string, operator: number): string {
    this.at += operator;
    let other = '';
    while (this.text.charAt(this.at) !== '}') {
      if (this.at >= this.text.length) throw this.refuse(start);
      if (this.text.startsWith('${', this.at)) other += this.expression();
      else {
        other += this.text.charAt(this.at);
        this.at += 1;
      }
    }
    this.at += 1;
    return value === '' ? other : value;
  }

  /** `${#V}`: the length in bytes. */
  private length(start: number): string {
    this.at += 1;
    const value = this.lookup(this.name(start));
    this.close(start);
    return String(Buffer.byteLength(value));
  }

  private casing(start: number, value: string): string {
    const operator = /^(\^\^?|,,?)/.exec(this.text.slice(this.at, this.at + 2))?.[0] ?? '';
    this.at += operator.length;
    this.close(start);
    const change = (part: string) => (operator.startsWith('^') ? part.toUpperCase() : part.toLowerCase());
    if (operator.length === 2) return change(value);
    const [first = ''] = value;
    return change(first) + value.slice(first.length);
  }

  /** `${V:offset}` and `${V:offset:length}`, in bytes; a negative offset counts from the end. */
  private substring(start: number, value: string): string {
    this.at += 1;
    const offset = this.argument(start, /[:}]/);
    let length: string | undefined;
    if (this.text.charAt(this.at) === ':') {
      this.at += 1;
      length = this.argument(start, /}/);
    }
    this.close(start);
    if (!/^[+-]?\d+$/.test(offset) || (length !== undefined && !/^\d+$/.test(length))) return value;
    const bytes = Buffer.from(value);
    const from = Math.max(0, Number(offset) < 0 ? bytes.length + Number(offset) : Number(offset));
    return bytes.subarray(from, length === undefined ? undefined : from + Number(length)).toString();
  }

  /** `${V#p}` and `${V##p}` cut the shortest and longest match of a pattern from the start, `%` from the end. */
  private trim(start: number, value: string): string {
    const operator = /^(##?|%%?)/.exec(this.text.slice(this.at, this.at + 2))?.[0] ?? '';
    this.at += operator.length;
    const pattern = this.argument(start, /}/);
    this.close(start);
    return trimMatch(value, pattern, { fromEnd: operator.startsWith('%'), longest: operator.length === 2 });
  }

  /** `${V/a/b}` replaces the first, `${V//a/b}` every `a`; `/#` only at the start, `/%` only at the end. */
  private replace(start: number, value: string): string {
    const operator = /^\/[/#%]?/.exec(this.text.slice(this.at, this.at + 2))?.[0] ?? '';
    this.at += operator.length;
    const search = this.argument(start, /\//, true);
    if (this.text.charAt(this.at) !== '/') throw this.refuse(start);
    this.at += 1;
    const replacement = this.text.charAt(this.at) === '}' ? '' : this.argument(start, /}/, true);
    this.close(start);
    // faas-cli does not change the value if a start or an end is replaced by nothing.
    if (replacement === '' && operator.length === 2 && operator !== '//') return value;
    if (operator === '//') return value.replaceAll(search, () => replacement);
    if (operator === '/%') {
      return value.endsWith(search) ? value.slice(0, value.length - search.length) + replacement : value;
    }
    if (operator === '/#' && !value.startsWith(search)) return value;
    return value.replace(search, () => replacement);
  }

  /** An operator's argument: one expression, or text up to (not including) a stop character. Never empty. */
  private argument(start: number, stop: RegExp, escapes = false): string {
    if (this.text.startsWith('${', this.at)) return this.expression();
    const from = this.at;
    let out = '';
    while (this.at < this.text.length && !this.text.startsWith('${', this.at)) {
      const character = this.text.charAt(this.at);
      const escaped = escapes && character === '\\';
      if (character === '\n' || (!escaped && stop.test(character))) break;
      if (escapes) out += this.plain(true);
      else {
        out += character;
        this.at += 1;
      }
    }
    if (this.at === from || !stop.test(this.text.charAt(this.at))) throw this.refuse(start);
    return out;
  }

  private close(start: number): void {
    if (this.text.charAt(this.at) !== '}') throw this.refuse(start);
    this.at += 1;
  }

  private refuse(start: number): SubstitutionError {
    const shown = /^\$\{[^}\n]{0,60}}?/.exec(this.text.slice(start))?.[0] ?? '${';
    const line = this.text.slice(0, start).split('\n').length;
    return new SubstitutionError(
      `${shown} is no substitution that faas-cli knows; between the braces may stand ${SUPPORTED}`,
      line,
    );
  }
}
