/**
 * Something went wrong that the person at the terminal can do something about: said in one sentence, without a stack.
 */
export class UsageError extends Error {
  override readonly name = 'Sorry';

  /** @param exitCode 1 failed, 2 usage error */
  constructor(
    message: string,
    readonly exitCode: 1 | 2 = 1,
    readonly again = false,
  ) {
    super(message);
  }
}

/** What the system says about files and networks, for people. `undefined` when it is nothing of that kind. */
export function systemWords(error: unknown, about: string): UsageError | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code !== 'string') return undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new UsageError(`The disk is full; make room and run the command again, it goes on where it stopped.`);
  }
  if (['EACCES', 'EPERM', 'EROFS'].includes(code)) {
    return new UsageError(`${about} cannot be written: you have no right to, or the disk is read-only.`);
  }
  return undefined;
}
