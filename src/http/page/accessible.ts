/* What Swagger UI leaves out for people who listen, or who have no mouse. */

interface React {
  createElement(type: string, attributes: object | null, ...children: unknown[]): unknown;
}

/** A link in the button that opens an operation cannot be reached. Its text is enough: opening changes the address. */
export const withoutNestedLinks = {
  wrapComponents: {
    DeepLink:
      (_original: unknown, { React }: { React: React }) =>
      ({ text }: { text: unknown }) =>
        React.createElement('span', null, text),
  },
};

/** Parts of the page that are no landmarks of their own. */
const LANDMARKS = [
  ['.information-container', 'region', 'About the API'],
  ['.schemes-server-container', 'region', 'Server'],
  ['.filter-container', 'search', 'Filter'],
] as const;

/** Gives names to what has none, now and whenever something is shown. */
export function nameWhatIsShown(page: HTMLElement): void {
  const name = (): void => {
    for (const field of page.querySelectorAll<HTMLElement>('select, input, textarea'))
      if (!field.hasAttribute('aria-label')) field.setAttribute('aria-label', nameOf(field));
    for (const region of page.querySelectorAll('[role=region]:not([aria-label])'))
      region.setAttribute('aria-label', `Responses of ${operationOf(region)}`);
    for (const [selector, role, label] of LANDMARKS) {
      const part = page.querySelector(selector);
      part?.setAttribute('role', role);
      part?.setAttribute('aria-label', label);
    }
    // The title is a heading of the first level, and functions come next.
    for (const heading of page.querySelectorAll('h3, h4, h5, h6'))
      heading.setAttribute('aria-level', String(Number(heading.tagName.slice(1)) - 1));
    for (const scrolling of page.querySelectorAll('pre:not([tabindex])')) scrolling.setAttribute('tabindex', '0');
  };
  new MutationObserver(name).observe(page, { childList: true, subtree: true });
}

/** A field's option or property; else what kind of choice it is. */
function nameOf(field: HTMLElement): string {
  const row = field.closest<HTMLElement>('[data-param-name], [data-property-name]');
  const own = row?.dataset.paramName ?? row?.dataset.propertyName;
  if (own) return own;
  if (field.id === 'servers') return 'Server';
  if (field.matches('.operation-filter-input')) return 'Filter by function';
  if (field.matches('.examples-select-element')) return 'Example';
  return field.matches('select') ? 'Content type' : field.matches('textarea') ? 'Body' : 'Value';
}

function operationOf(element: Element): string {
  return element.closest('.opblock')?.querySelector('.opblock-summary-path')?.textContent ?? 'the function';
}
