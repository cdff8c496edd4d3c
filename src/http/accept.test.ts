import { describe, expect, test } from 'vitest';
import { namesType, preferredType } from '#http/accept';

describe('the type that a caller prefers', () => {
  test.each([
    ['text/plain', 'text/plain'],
    ['TEXT/plain; charset=utf-8', 'text/plain'],
    ['text/*', 'text/plain'],
    ['text/plain, application/json', 'text/plain'],
    ['application/json, text/plain, */*', 'application/json'],
    ['text/plain, application/json;q=0.9', 'text/plain'],
    ['text/plain;q=0.8, application/json', 'application/json'],
    ['text/plain;q=0, */*', 'application/json'],
    ['*/*', 'application/json'],
    [undefined, 'application/json'],
    ['image/png', undefined],
    ['not a type', undefined],
  ])('Accept: %s → %s', (accept, preferred) => {
    const text = 'text/plain; charset=utf-8';
    const best = preferredType({ accept }, ['application/json', text]);
    expect(best === text ? 'text/plain' : best).toBe(preferred);
  });
});

describe('a type that a caller names', () => {
  test.each([
    ['text/event-stream', true],
    ['application/json, Text/Event-Stream;q=0.1', true],
    ['text/event-stream;q=0, application/json', false],
    ['text/x-text/event-stream', false],
    ['application/json;note="text/event-stream"', false],
    ['text/*', false],
    ['*/*', false],
    ['', false],
    [undefined, false],
  ])('Accept: %s → %s', (accept, named) => {
    expect(namesType({ accept }, 'text/event-stream')).toBe(named);
  });
});
