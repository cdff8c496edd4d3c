/** An error that the user can correct; printed as a sentence, without a stack trace. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  /** @param exitCode 1 failed, 2 usage error. @param again another attempt may help */
  constructor(
    message: string,
    readonly exitCode: 1 | 2 = 1,
    readonly again = false,
  ) {
    super(message);
  }
}

/** Turns a file system error into a message; `undefined` for any other error. */
export function systemWords(error: unknown, about: string): UsageError | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code !== 'string') return undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new UsageError(`The disk is full; free some space and run the command again to resume.`);
  }
  if (['EACCES', 'EPERM', 'EROFS'].includes(code)) {
    return new UsageError(`${about} cannot be written: permission denied, or the disk is read-only.`);
  }
  return undefined;
}
