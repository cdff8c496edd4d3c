import { TEXTS } from '../texts.ts';
import { announce, button, el } from './dom.ts';
import { extensionOf, type Picture } from './picture.ts';

const { darkroom: words } = TEXTS;

export type CopyFormat = keyof typeof words.ways;

export interface Request {
  picture: Picture;
  /** Options of transform-fn, such as `chain` and `format`. */
  query: Record<string, string>;
  /** What comes out, as far as it is known. */
  type: string | undefined;
}

/** Buttons that copy what the darkroom does as a command or an address. */
export function copyAs(request: () => Request | undefined): HTMLElement {
  const shown = el('pre', { class: 'command', hidden: true, tabindex: 0 });
  const said = el('span', { class: 'hint', role: 'status' });
  const copy = async (format: CopyFormat): Promise<void> => {
    const asked = request();
    if (!asked) return;
    shown.textContent = written(format, asked);
    shown.hidden = false;
    try {
      await navigator.clipboard.writeText(shown.textContent);
      said.textContent = words.copied;
    } catch {
      // Without a secure connection a page may not write there; the person can.
      getSelection()?.selectAllChildren(shown);
      said.textContent = words.selected;
    }
    announce(said.textContent);
  };
  const buttons = Object.entries(words.ways).map(([format, title]) =>
    button(title, () => void copy(format as CopyFormat), { class: 'quiet', 'data-copy': format }),
  );
  return el(
    'div',
    { class: 'copy-as' },
    el('div', { class: 'actions' }, el('span', {}, words.copyAs), ...buttons, said),
    shown,
  );
}

/** What to type, or to open, so that the same comes out. */
export function written(format: CopyFormat, { picture, query, type = picture.blob.type }: Request): string {
  const address = addressOf({ ...(picture.url !== undefined && { url: picture.url }), ...query });
  if (format === 'url') return address;
  const [name, result] = [fileName(picture.name), `out.${extensionOf(type)}`];
  if (format === 'curl') {
    const body = picture.url === undefined ? ` --data-binary @${quoted(name)}` : '';
    return `curl${body} ${quoted(address)} -o ${result}`;
  }
  const from = picture.url === undefined ? `< ${quoted(name)}` : '< /dev/null';
  // faas-cli encodes them itself.
  const values = { ...(picture.url !== undefined && { url: picture.url }), ...query };
  const queries = Object.entries(values).map(([key, value]) => ` --query ${quoted(`${key}=${value}`)}`);
  return `faas-cli invoke transform-fn${queries.join('')} ${from} > ${result}`;
}

/** The function beside this one behind the same gateway. */
function addressOf(query: Record<string, string>): string {
  const base = document.baseURI.endsWith('/frontend-fn/') ? '../transform-fn' : '/function/transform-fn';
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${readable(value)}`);
  return `${new URL(base, document.baseURI)}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`;
}

/** What a chain is made of may stand in a query as it is, and can be read that way. */
function readable(value: string): string {
  return encodeURIComponent(value).replace(/%(3A|3B|2C|3D)/g, (code) => decodeURIComponent(code));
}

/** A name that means nothing to a shell or to curl; any other becomes one that does not come from outside. */
function fileName(name: string): string {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_. -]*$/u.test(name) ? name : 'photo.jpg';
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
