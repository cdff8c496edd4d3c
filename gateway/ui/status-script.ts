/**
 * The script of `/ui/`: fetches the page every two seconds while it is visible and replaces values in place, so that
 * focus and selection stay. If functions were added or removed, it reloads the page.
 */
export const SCRIPT = `'use strict';
const pause = document.getElementById('pause');
const trouble = document.getElementById('trouble');
let timer;
const keyed = (page) => new Map([...page.querySelectorAll('[data-key]')].map((one) => [one.dataset.key, one]));
function show(next) {
  const [now, then] = [keyed(document), keyed(next)];
  if ([...now.keys()].join() !== [...then.keys()].join()) return location.reload();
  for (const [key, element] of now) {
    const fresh = then.get(key);
    if (fresh.outerHTML === element.outerHTML) continue;
    element.className = fresh.className;
    element.replaceChildren(...fresh.childNodes);
  }
}
async function refresh() {
  clearTimeout(timer);
  if (document.hidden || pause.getAttribute('aria-pressed') === 'true') return;
  try {
    const answer = await fetch(location.pathname, { headers: { accept: 'text/html' } });
    if (!answer.ok) throw new Error(String(answer.status));
    show(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    if (trouble.textContent !== '') trouble.textContent = '';
  } catch {
    if (trouble.textContent === '') trouble.textContent = 'The gateway does not answer; what is shown is old.';
  }
  timer = setTimeout(refresh, 2000);
}
pause.hidden = false;
pause.addEventListener('click', () => {
  pause.setAttribute('aria-pressed', String(pause.getAttribute('aria-pressed') !== 'true'));
  refresh();
});
document.addEventListener('visibilitychange', refresh);
timer = setTimeout(refresh, 2000);
`;
