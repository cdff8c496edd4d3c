import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROBLEMS, Problem } from '#contract/problems';

test('docs/errors.md lists every code with its status, and no other', () => {
  const docs = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const listed = [...docs.matchAll(/^\| (\d{3}) \| `([a-z-]+)` \|/gm)].map(([, status, code]) => [
    code,
    Number(status),
  ]);
  expect(Object.fromEntries(listed)).toEqual(
    Object.fromEntries(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status])),
  );
  expect(listed.length).toBe(Object.keys(PROBLEMS).length);
});

test('a problem carries what an answer needs', () => {
  const cause = new Error('disk');
  const problem = new Problem('busy', 'Later.', { headers: { 'retry-after': '1' }, members: { queue: 3 }, cause });
  expect(problem).toMatchObject({
    status: 429,
    code: 'busy',
    title: 'Busy',
    message: 'Later.',
    members: { queue: 3 },
    cause,
  });
});
