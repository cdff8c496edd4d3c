import { escapeHtml } from '#kit/html';

/** Text that is HTML already and goes into a page as it is. Only {@link html} makes it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Html | undefined | false | Value[];

/** A piece of HTML: every value is escaped, for text and for quoted attributes, unless it is {@link Html} itself. */
export function html(strings: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(written)));
}

function written(value: Value): string {
  if (value === undefined || value === false) return '';
  if (Array.isArray(value)) return value.map(written).join('');
  if (value instanceof Html) return value.text;
  return escapeHtml(String(value));
}
