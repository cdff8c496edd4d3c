import { expect, it } from 'vitest';
import { Breaker } from './breaker.ts';

function setUp() {
  const clock = { now: 0 };
  const breaker = new Breaker(() => clock.now);
  const silent = (times: number) => {
    for (let count = 0; count < times; count++) breaker.silent('a');
  };
  return { clock, breaker, silent };
}

it('leaves a receiver alone after five silences in a row, and tries it once after each pause', () => {
  const { clock, breaker, silent } = setUp();
  silent(4);
  expect(breaker.enter('a')).toBe(0);
  silent(1);
  expect(breaker.enter('a')).toBe(2_000);
  expect(breaker.enter('b')).toBe(0);
  clock.now = 2_000;
  expect(breaker.enter('a')).toBe(0);
  // Whoever asks while that try is under way waits.
  expect(breaker.enter('a')).toBeGreaterThan(0);
  silent(1);
  expect(breaker.enter('a')).toBe(4_000);
  for (let tries = 0; tries < 20; tries++) {
    clock.now += breaker.enter('a');
    expect(breaker.enter('a')).toBe(0);
    silent(1);
  }
  expect(breaker.enter('a')).toBe(60_000);
});

it('pauses no longer because several attempts were under way when it opened', () => {
  const { breaker, silent } = setUp();
  silent(9);
  expect(breaker.enter('a')).toBe(2_000);
});

it('is closed by an answer', () => {
  const { breaker, silent } = setUp();
  silent(4);
  breaker.answered('a');
  silent(4);
  expect(breaker.enter('a')).toBe(0);
  silent(1);
  expect(breaker.enter('a')).toBeGreaterThan(0);
  breaker.answered('a');
  expect(breaker.enter('a')).toBe(0);
});

it('lets another try go when the first never told what became of it', () => {
  const { clock, breaker, silent } = setUp();
  silent(5);
  clock.now = 2_000;
  expect(breaker.enter('a')).toBe(0);
  clock.now = 4_000;
  expect(breaker.enter('a')).toBe(0);
});

it('remembers a thousand receivers, however many there are', () => {
  const { breaker, silent } = setUp();
  silent(5);
  for (let count = 0; count < 999; count++) breaker.silent(`other-${count}`);
  expect(breaker.enter('a')).toBeGreaterThan(0);
  breaker.silent('one more');
  expect(breaker.enter('a')).toBe(0);
});
