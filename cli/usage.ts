/** An error in the command line. The exit status is 2. */
export class UsageError extends Error {}
