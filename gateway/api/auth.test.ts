import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { basicAuth, readPassword } from './auth.ts';

const folder = () => mkdtempSync(path.join(tmpdir(), 'auth-'));

describe('readPassword', () => {
  it('makes one that only its owner can read, and keeps it', () => {
    const file = path.join(folder(), '.obscura', 'password');
    const { password, isNew } = readPassword(file, { create: true });
    expect(isNew).toBe(true);
    expect(password).toMatch(/^[\w-]{32}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    expect(readPassword(file, { create: true })).toEqual({ password, isNew: false });
    expect(readFileSync(file, 'utf8')).toBe(`${password}\n`);
  });

  it('takes the one that the operator gives, and makes none in its place', () => {
    const file = path.join(folder(), 'given');
    expect(() => readPassword(file, { create: false })).toThrow(/does not exist/);
    writeFileSync(file, ' \n');
    expect(() => readPassword(file, { create: false })).toThrow(/is empty/);
    writeFileSync(file, 'ours\n');
    expect(readPassword(file, { create: false })).toEqual({ password: 'ours', isNew: false });
  });

  it('says why a file cannot be used', () => {
    expect(() => readPassword(folder(), { create: true })).toThrow(/cannot be used \(EISDIR\)/);
    const file = path.join(folder(), 'file');
    writeFileSync(file, 'x');
    expect(() => readPassword(path.join(file, 'password'), { create: true })).toThrow(/cannot be used \(ENOTDIR\)/);
  });
});

describe('basicAuth', () => {
  const allows = basicAuth('pass:word');
  const header = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  it('lets the right user in', () => {
    expect(allows(header('admin:pass:word'))).toBe(true);
    expect(allows(header('admin:pass:word').replace('Basic', 'basic'))).toBe(true);
  });

  it.each([
    undefined,
    '',
    'Basic',
    'Basic ',
    header('admin:pass'),
    header('root:pass:word'),
    header('admin:pass:word '),
    `Basic ${'A'.repeat(9999)}`,
  ])('and nobody else: %s', (wrong) => expect(allows(wrong)).toBe(false));
});
