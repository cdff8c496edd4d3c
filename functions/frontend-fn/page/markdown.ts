import { el } from './dom.ts';

/* As much of Markdown as a model card uses, made into elements: nothing here becomes HTML. */

/** Blocks of a text: headings (below the dialog's own), tables, lists, code, paragraphs. Links show their text only. */
export function markdown(text: string): HTMLElement[] {
  const blocks = text.replace(/\r\n?/g, '\n').split(/\n{2,}/);
  return blocks.flatMap((block) => (block.trim() === '' ? [] : [blockOf(block)]));
}

function blockOf(block: string): HTMLElement {
  const lines = block.trim().split('\n');
  const [first = ''] = lines;
  const heading = /^(#{1,4})\s+(.*)$/.exec(first);
  if (heading && lines.length === 1)
    return el((heading[1] ?? '').length <= 2 ? 'h3' : 'h4', {}, ...inline(heading[2] ?? ''));
  if (lines.length > 1 && /^\|?[\s:|-]+\|[\s:|-]*$/.test(lines[1] ?? '')) return tableOf(lines);
  if (/^[-*]\s/.test(first)) return listOf(lines);
  if (first.startsWith('```'))
    return el(
      'pre',
      {},
      el(
        'code',
        {},
        lines
          .slice(1)
          .join('\n')
          .replace(/\n?```$/, ''),
      ),
    );
  return el('p', {}, ...inline(lines.join(' ')));
}

function tableOf([head = '', , ...rows]: string[]): HTMLElement {
  const cells = (line: string): string[] =>
    line
      .replace(/^\||\|$/g, '')
      .split('|')
      .map((cell) => cell.trim());
  const titles = cells(head);
  return el(
    'div',
    { class: 'scrolls', tabindex: 0, role: 'group', 'aria-label': titles.find(Boolean) ?? 'Table' },
    el(
      'table',
      {},
      titles.some(Boolean) &&
        el('thead', {}, el('tr', {}, ...titles.map((title) => el(title ? 'th' : 'td', {}, ...inline(title))))),
      el('tbody', {}, ...rows.map((row) => el('tr', {}, ...cells(row).map((cell) => el('td', {}, ...inline(cell)))))),
    ),
  );
}

function listOf(lines: string[]): HTMLElement {
  const items: string[] = [];
  for (const line of lines) {
    if (/^[-*]\s/.test(line)) items.push(line.slice(2));
    else items.push(`${items.pop() ?? ''} ${line.trim()}`);
  }
  return el('ul', {}, ...items.map((item) => el('li', {}, ...inline(item))));
}

/** Bold and code; of a link its words. */
function inline(text: string): (Node | string)[] {
  const plain = text.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1');
  return plain.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((part) => {
    if (/^\*\*.+\*\*$/.test(part)) return el('strong', {}, part.slice(2, -2));
    return /^`.+`$/.test(part) ? el('code', {}, part.slice(1, -1)) : part;
  });
}
