/** A command line that cannot be understood, in a sentence. The command ends with 2. */
export class UsageError extends Error {}
